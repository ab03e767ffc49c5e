"""What a post says and what its author's word weighs. Plain Python, nothing of Odoo.

>>> analyse("Where is my parcel? It is three days late!").needs_answer >= 0.5
True
"""

from .post import Analysis, analyse, analyse_batch

__all__ = ["Analysis", "analyse", "analyse_batch"]
