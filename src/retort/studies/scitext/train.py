"""One run of the study: pre-training of an encoder, an extractor, tuned on annotations, a tagger or a baseline."""

from retort.runs import RunInputs
from retort.training.run import Outcome, RunContext

# Whom a run may stand on, as the `uses` of its variant name them: an encoder that is tuned or read, and one whose
# pre-training goes on.
ROLES = ("encoder", "start")
METHODS = ("pretrain", "extract", "tagger", "pairs", "gazetteer", "word_crf")


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Do what the variant's `method` says; all but `pretrain` predict the documents of valid and test.

    Raises:
        ValueError: an unknown method.
    """
    # Each imported where it is used, and by its name: what one method needs, another does not wait for, and what a
    # run's code consists of is read off the imports.
    match settings["method"]:
        case "pretrain":
            from retort.studies.scitext import pretrain

            return pretrain.run(inputs, settings, context)
        case "extract":
            from retort.studies.scitext import finetune

            return finetune.run(inputs, settings, context)
        case "tagger":
            from retort.studies.scitext import tagger

            return tagger.run(inputs, settings, context)
        case "pairs":
            from retort.studies.scitext import pairs

            return pairs.run(inputs, settings, context)
        case "gazetteer":
            from retort.studies.scitext import gazetteer

            return gazetteer.run(inputs, settings, context)
        case "word_crf":
            from retort.studies.scitext import word_crf

            return word_crf.run(inputs, settings, context)
        case method:
            raise ValueError(
                f"method {method!r}, expected one of {', '.join(METHODS)}. Hint: see settings.schema.yaml."
            )
