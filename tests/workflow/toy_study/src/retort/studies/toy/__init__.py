"""Does a linear model of hardness profit from what another one learned elsewhere? The worked example of docs/new-study.md."""
