"""Teacher-student transfer from structure to composition models (Zhu and Yang, arXiv 2309.04482), with the controls."""
