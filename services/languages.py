"""Which language the company is answered in."""

from domain.languages import Language
from persistence.languages import language_at
from persistence.unit_of_work import UnitOfWork


async def company_language(uow: UnitOfWork) -> Language | None:
    """The language that the policy in force names; None where it names none, or there is none.

    Read apart from the rest: what is wrong with a policy is to be said in some language too.
    """
    named = await language_at(uow.session, uow.now)
    return next((language for language in Language if language == named), None)
