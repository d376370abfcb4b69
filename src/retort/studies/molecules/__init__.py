"""Does self-distillation on unlabelled molecules help where labels are few?"""
