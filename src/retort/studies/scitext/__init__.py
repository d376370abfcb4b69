"""Does reading a field's own abstracts help to extract what they say, when few of them are annotated?"""
