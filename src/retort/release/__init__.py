"""What a release holds besides the results: archive, RO-Crate, and the forms that reviewers ask for."""
