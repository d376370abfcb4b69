"""PrecursorSelector (He et al., Sci. Adv. 9, eadg8180, 2023) beside the baselines it was not compared with."""
