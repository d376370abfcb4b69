"""A linear model of hardness, with and without what another one learned elsewhere: the example of docs/new-study.md."""
