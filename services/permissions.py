"""Who may do what, asked at the use case, so that the API, the shell and jobs share one answer."""

from domain.roles import require, require_a_department, require_department

__all__ = ["require", "require_a_department", "require_department"]
