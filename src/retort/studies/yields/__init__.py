"""Do several views of a reaction predict its yield better than fingerprints, and does the model know its own error?"""
