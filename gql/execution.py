"""From a request to a result: admitted by the limits, run, made presentable."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gql.context import OperationSource, RequestContext
from gql.documents import which_operation
from gql.errors import presentable


class Admission(SchemaExtension):
    """Stands before the schema: takes documents from the cache, holds limits, reports the cost."""

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        documents = _context(execution.context).api.documents
        text = execution.query or ""
        known = documents.get(text)
        if known is not None:
            execution.graphql_document = known.ast
        else:
            execution.parse_options["max_tokens"] = documents.limits.tokens
        yield
        if known is None and execution.graphql_document is not None:
            known = documents.keep(text, execution.graphql_document)
        self._document = known

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        context = _context(execution.context)
        if self._document is not None:
            context.cost, execution.pre_execution_errors = context.api.documents.admit(
                execution.schema,
                self._document,
                execution._provided_operation_name,
                execution.variables or {},
            )
        yield

    def get_results(self) -> dict[str, Any]:
        context = _context(self.execution_context.context)
        limit = context.api.documents.limits.cost
        return {"cost": {"requested": context.cost, "limit": limit}}


class ApportionSchema(strawberry.Schema):
    """The schema whose every answer is presentable: coded, masked, with the request's id."""

    async def execute(self, *arguments: Any, **named: Any) -> ExecutionResult:
        """Run a query or mutation; `context_value` is a RequestContext."""
        context: RequestContext = named["context_value"]
        try:
            result = await super().execute(*arguments, **named)
        except CannotGetOperationTypeError:
            error = which_operation(named.get("operation_name"))
            result = PreExecutionError(data=None, errors=[error])
        return _presented(result, context)

    async def stream(self, *arguments: Any, **named: Any) -> AsyncGenerator[ExecutionResult]:
        """Run any operation of a socket or event stream; `context_value` gives it a context."""
        source: OperationSource = named.pop("context_value")
        return self._presented_stream(source, arguments, named)

    async def _presented_stream(
        self, source: OperationSource, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> AsyncGenerator[ExecutionResult]:
        context = source.request_context()
        try:
            await context.authenticate()
            results = await super().stream(*arguments, **{**named, "context_value": context})
            try:
                async for result in results:
                    if not isinstance(result, ExecutionResult):
                        raise TypeError(f"unexpected result {type(result).__name__}")
                    yield _presented(result, context)
                    # The next event is for whoever the token stands for by then.
                    await context.authenticate()
                    context.clear_cache()
            finally:
                await results.aclose()
        except GraphQLError as error:
            yield _presented(PreExecutionError(data=None, errors=[error]), context)

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing here: `presentable` logs what is our fault, once."""


def _presented(result: ExecutionResult, context: RequestContext) -> ExecutionResult:
    if result.errors:
        executed = not isinstance(result, PreExecutionError)
        errors: Sequence[GraphQLError] = result.errors
        result.errors = presentable(
            errors, context.request_id, executed=executed, language=context.language
        )
        # Variables that do not fit are found by the executor, before any field has run.
        if executed and result.data is None and not any(error.path for error in errors):
            return PreExecutionError(None, result.errors, result.extensions)
    return result


def _context(value: object) -> RequestContext:
    if not isinstance(value, RequestContext):
        raise TypeError("operations run with a RequestContext")
    return value
