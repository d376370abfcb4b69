"""The columns of the study's own tables: what `details.details` and `illustrations.illustrate` make."""

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

# `split` is the family of the splits of a place: all its draws are taken together.
_PLACE: Columns = {"dataset": pl.String, "split": pl.String, "variant": pl.String}
# A value with its 95 % interval, as claims and numbers look it up.
_LEVEL: Columns = {
    **dict.fromkeys(("value", "low", "high", "se", "df"), pl.Float64),
    "n": pl.Int64,
}

DETAILS: dict[str, Columns] = {
    # The share of test yields inside the central interval of each level; `sigmas` are as predicted or recalibrated.
    "calibration": _PLACE
    | {"sigmas": pl.String, "level": pl.Float64, "observed": pl.Float64, "runs": pl.Int64},
    # Mean absolute error when a share of test is left out by `order`: total, aleatoric or epistemic sigma, the error
    # itself (oracle), or at random.
    "sparsification": _PLACE
    | {"order": pl.String, "left_out": pl.Float64, "mae": pl.Float64, "runs": pl.Int64},
    # Intervals of 90 % for a test part of groups that nothing was trained on, from runs that each left out other
    # groups of training: `interval` is normal, recalibrated, rows (split-conformal) or groups. `coverage` and `width`
    # (percent) are those of all test rows, `lowest` the coverage of the worst test group; `r2` and `rmse` are of the
    # mean of the runs.
    "group_conformal": _PLACE
    | {
        "interval": pl.String,
        "coverage": pl.Float64,
        "lowest": pl.Float64,
        "width": pl.Float64,
        "groups": pl.Int64,
        "test_groups": pl.Int64,
        "runs": pl.Int64,
        "r2": pl.Float64,
        "rmse": pl.Float64,
    },
    # The mean of R2 over all test parts of such groups that a data set has, of systems that ran on all of them; `part`
    # valid is of the groups that each run left out. n counts test parts.
    "mean_of_tests": {"dataset": pl.String, "variant": pl.String, "part": pl.String} | _LEVEL,
    # Does sigma rise where training does not reach? Of one run each: mean sigma, and the root mean square error.
    "sigma_by_part": _PLACE
    | {"seed": pl.Int64, "part": pl.String, "kind": pl.String, "sigma": pl.Float64, "rmse": pl.Float64},
    # R2 at each evaluation of training, `part` valid or test: mean and spread over runs.
    "epochs": _PLACE
    | {"part": pl.String, "step": pl.Int64, "mean": pl.Float64, "sd": pl.Float64, "runs": pl.Int64},
    # What random vectors in the place of descriptors make of it, draw by draw.
    "random_spread": _PLACE | {"draw": pl.String, "seed": pl.Int64, "r2": pl.Float64, "mae": pl.Float64},
    # Generated data: predicted sigma and distance of the mean from the true one, in tenths of the rows by true noise.
    "by_noise": _PLACE
    | {
        "kind": pl.String,
        "tenth": pl.Int64,
        "true_sd": pl.Float64,
        "sigma": pl.Float64,
        "distance": pl.Float64,
        "spearman": pl.Float64,
        "runs": pl.Int64,
    },
    # How much greater the error is where the measured yield is high: `quantity` is the mean absolute error of all test
    # reactions, or of the high ones, or gain, ln(high / all); means over runs.
    "high_yields": _PLACE | {"quantity": pl.String} | _LEVEL,
    # The share of all weight that the experts of each mixture have, the most used one of each run first.
    "experts": _PLACE | {"mixture": pl.Int64, "rank": pl.Int64, "share": pl.Float64, "runs": pl.Int64},
    # Of patents, which no run learns from: `measured` and `predicted` are mean yields in percent, `r2` is of the
    # predictions; `scale` is gram, sub-gram or their difference; n counts reactions.
    "patents": {"scale": pl.String, "quantity": pl.String} | _LEVEL,
}

ILLUSTRATIONS: dict[str, Columns] = {
    # Yields of patents: the share of the reactions of a scale between two yields, measured or predicted.
    "histograms": {
        **dict.fromkeys(("scale", "kind"), pl.String),
        **dict.fromkeys(("low", "high", "share"), pl.Float64),
    },
}
