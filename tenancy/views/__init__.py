from tenancy.views.door import forbidden, home, needs

__all__ = ["forbidden", "home", "needs"]
