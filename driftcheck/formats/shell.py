"""Shell files that set variables, as `sh` reads them with `set -a; . file`. Nothing is ever run.

Assignments are evaluated: quotes, escapes, `$NAME`, `${NAME:-default}` and its kin. What only a running shell knows
(command substitution, arithmetic, patterns, `~`, variables that nobody set) leaves an expression. So do assignments
that depend on a condition; they, and commands that could set variables, are reported as gaps.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from driftcheck.errors import CollectError
from driftcheck.formats import DEEPEST, unrendered
from driftcheck.formats.variables import Expansion, Variables
from driftcheck.model import Expression
from driftcheck.pattern import Pattern

_DECLARATIONS = {"export", "readonly", "declare", "typeset", "local"}
_BEGIN = {"if", "while", "until", "for", "case", "select", "{"}
_WITH_WORDS = {"for", "case", "select"}
_CONTINUE = {"then", "else", "elif", "do", "in", "!", "time"}
_END = {"fi", "done", "esac", "}"}
_HARMLESS = {
    ":", "[", "[[", "alias", "cd", "echo", "exit", "false", "printf", "return", "set", "shift", "shopt", "test", "trap",
    "true", "ulimit", "umask",
}  # fmt: skip
_OWN = {"HOME", "IFS", "OLDPWD", "OPTIND", "PATH", "PPID", "PS1", "PS2", "PS4", "PWD", "SHELL", "TERM", "USER"}
"""Variables that a shell always has, so that a default for them says nothing."""


class _Context(NamedTuple):
    """Where a piece of a word stands: what needs no thought there, what ends it, and whether in double quotes."""

    plain: re.Pattern[str]
    ends: str
    quoted: bool


_WORD = _Context(Pattern(r"[^ \t\n;&|<>()$`\\\"']++"), " \t\n;&|<>()", quoted=False)
_DOUBLE = _Context(Pattern(r"[^$`\\\"]++"), '"', quoted=True)
_BRACE = _Context(Pattern(r"[^}$`\\\"']++"), "}", quoted=False)
_QUOTED_BRACE = _Context(Pattern(r"[^}$`\\\"]++"), "}", quoted=True)

_SPACE = Pattern(r"(?:[ \t]|\\\n)*+(?:#[^\n]*+)?")
_BETWEEN = Pattern(r"(?:[ \t\n;)]|\\\n|#[^\n]*+)*+")
_ASSIGNMENT = Pattern(r"([A-Za-z_][A-Za-z0-9_]*+)=(?!\()")
_COMMAND = Pattern(r"[^ \t\n;&|<>()$`\\\"']++(?=[ \t\n;&|<>()]|\\\n|\Z)")
"""A word without quotes and expansions: `}"x"` is no bracket, and `echo"x"` not `echo`."""
_NAME = Pattern(r"[A-Za-z_][A-Za-z0-9_]*+")
_PARAMETER = Pattern(r"\$\{([A-Za-z_][A-Za-z0-9_]*+)(?:(?=\})|(:?[-=+?]))")
_SPECIAL = Pattern(r"\$(?:[0-9@*#?$!-]|(?=[\"']))")
_SPECIAL_IN_QUOTES = Pattern(r"\$[0-9@*#?$!-]")
_FUNCTION = Pattern(r"[ \t]*+\([ \t]*+\)")
_CONNECTOR = Pattern(r"&&|\|\|?|&")
_HERE_DOCUMENT = Pattern(r"<<(-?)[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_]*+)\2")
_BARE_TEMPLATE = Pattern(r"[^\s;&|<>()$`\\\"'{]*+\{\{[^\n{}]*+\}\}[^\s;&|<>()$`\\\"']*+")
_SKIPPABLE = Pattern(r"[^()'\"\\`$}]++")
_TEMPLATE_LINE = Pattern(r"^[ \t]*(?:\{\{|\{%|<%)", re.MULTILINE)


def read(text: str, variables: Variables) -> None:
    """Set what a shell file sets; raise CollectError where a quote or bracket is never closed."""
    if template := _TEMPLATE_LINE.search(text):
        raise unrendered(variables.path, text.count("\n", 0, template.end()) + 1)
    _Shell(text, variables).read()


class _Shell:
    """One pass over a text: statement by statement, each word either evaluated or stepped over."""

    def __init__(self, text: str, variables: Variables) -> None:
        self.text = text
        self.variables = variables
        self.position = 0
        self.counted = 0  # up to where lines are counted
        self.blocks = 0  # how many of `if`, `for`, `{` and the like are open
        self.after_connector = False
        self.unused = 0  # in how many words of `${NAME:-word}` that are not needed
        self.here_documents: list[tuple[str, bool]] = []  # the ends to come, and whether tabs may stand before them

    def read(self) -> None:
        while True:
            self._go_to_statement()
            if self.position == len(self.text):
                return
            self._go_to_line()
            self._statement()
            self._space()
            connector = _CONNECTOR.match(self.text, self.position)
            self.after_connector = connector is not None
            if connector:
                self.position = connector.end()

    # Statements

    def _go_to_statement(self) -> None:
        if self.here_documents and (match := _SPACE.match(self.text, self.position)):
            self.position = match.end()
            if self.text.startswith("\n", self.position):
                self._skip_here_documents()
        if match := _BETWEEN.match(self.text, self.position):
            self.position = match.end()

    def _go_to_line(self) -> None:
        self.variables.line += self.text.count("\n", self.counted, self.position)
        self.counted = self.position

    def _statement(self) -> None:
        begin = self.position
        while match := _ASSIGNMENT.match(self.text, self.position):
            self.position = match.end()
            self._skip_word()
            self._space()
        if self.position > begin and self._at_end():
            self.position = begin
            self._assignments()
            return
        command = _COMMAND.match(self.text, self.position)
        name = command[0] if command else ""
        if self.position > begin or not command:
            self._command("")
            return
        self.position = command.end()
        if function := _FUNCTION.match(self.text, self.position):
            self.position = function.end()
        elif name in _DECLARATIONS:
            self._assignments()
        elif name in _BEGIN:
            self.blocks += 1
            if name in _WITH_WORDS:
                self._skip_statement()
        elif name in _END:
            self.blocks = max(0, self.blocks - 1)
            self._skip_statement()  # `done < file`
        elif name == "unset" and not self._conditional():
            self._space()
            while match := _NAME.match(self.text, self.position):
                self.variables.unset(match[0])
                self.position = match.end()
                self._space()
            self._skip_statement()
        elif name not in _CONTINUE:
            self._command(name)

    def _assignments(self) -> None:
        """Evaluate `NAME=word ...`; other words, such as `-x` or the NAME of `export NAME`, set nothing."""
        self._space()
        while not self._at_end():
            self._go_to_line()
            if match := _ASSIGNMENT.match(self.text, self.position):
                self.position = match.end()
                self._assign(match[1])
            else:
                self._skip_argument()
            self._space()

    def _assign(self, name: str) -> None:
        line, start = self.variables.line, self.position
        expansion = Expansion(self.variables)
        if template := _BARE_TEMPLATE.match(self.text, start):
            self.position = template.end()
            expansion.add(template[0], static=False)
        elif self.text.startswith("~", start):
            expansion.add("", static=False)
        self._expand(expansion, _WORD, 0)
        value = expansion.value()
        if self._conditional():
            value = Expression(self.text[start : self.position])
            self.variables.skip(
                "sets variables under a condition, which is not evaluated",
                "move them out of it, or compare what the file leaves behind: `sh -c 'set -a; . FILE; env'`",
                line,
            )
        self.variables.set(name, value, line, extends=name in expansion.names or self._conditional())

    def _command(self, name: str) -> None:
        """Step over a command, and say so if it could set variables."""
        if name in (".", "source"):
            self.variables.skip("reads another file", "list that file in `path`, before this one", self.variables.line)
        elif name in _HARMLESS and not self._conditional():
            self._space()
            while not self._at_end():  # for the sake of `: "${NAME:=default}"`
                if self.text[self.position] in "<>(":
                    self._skip_argument()
                else:
                    self._expand(Expansion(self.variables), _WORD, 0)
                self._space()
        self._skip_statement()
        a_pattern = self.blocks > 0 and self.text.startswith(")", self.position)
        if name not in _HARMLESS and name not in (".", "source") and not a_pattern:
            self.variables.skip(
                "is not NAME=value but a command, which is not run",
                "write NAME=value without blanks around `=`, or keep commands in another file",
                self.variables.line,
            )

    def _skip_statement(self) -> None:
        self._space()
        while not self._at_end():
            self._skip_argument()
            self._space()

    def _skip_argument(self) -> None:
        if match := _HERE_DOCUMENT.match(self.text, self.position):
            self.position = match.end()
            self.here_documents.append((match[3], bool(match[1])))
        elif self.text[self.position] == "(":
            self.position += 1
            self._skip_to(")", 0)
        elif self.text[self.position] in "<>":
            self.position += 1
            if self.text.startswith("&", self.position):
                self.position += 1
        else:
            self._skip_word()

    def _skip_here_documents(self) -> None:
        for end, indented in self.here_documents:
            tabs = r"\t*" if indented else ""
            match = re.compile(rf"\n{tabs}{end}(?=\n|\Z)").search(self.text, self.position)
            if match is None:
                raise self._never_closed("here-document")
            self.position = match.end()
        self.here_documents.clear()

    def _space(self) -> None:
        if match := _SPACE.match(self.text, self.position):
            self.position = match.end()

    def _at_end(self) -> bool:
        return self.position == len(self.text) or self.text[self.position] in "\n;&|)"

    def _conditional(self) -> bool:
        return self.blocks > 0 or self.after_connector

    def _never_closed(self, what: str) -> CollectError:
        return self.variables.error(f"has a {what} that is never closed", "close it; `sh -n FILE` finds it, too")

    # Words

    def _expand(self, out: Expansion, context: _Context, depth: int) -> None:
        """Add pieces up to what ends the context, which is left for the caller."""
        if depth > DEEPEST:
            raise self.variables.error(f"is nested more than {DEEPEST} levels deep", "write it with fewer brackets")
        text = self.text
        while self.position < len(text):
            if match := context.plain.match(text, self.position):
                self.position = match.end()
                out.add(match[0], static=context is not _WORD or ":~" not in match[0])
                continue
            character = text[self.position]
            if character in context.ends:
                return
            if character == "$":
                self._dollar(out, context, depth)
            elif character == "\\":
                self._backslash(out, context)
            elif character == "'":
                out.add(self._single_quoted())
            elif character == '"':
                self.position += 1
                self._expand(out, _DOUBLE, depth + 1)
                self._close('"')
            else:
                start = self.position
                self.position += 1
                self._skip_to("`", depth)
                out.add(text[start : self.position], static=False)
        if context is not _WORD:
            raise self._never_closed("quote" if context is _DOUBLE else "${")

    def _backslash(self, out: Expansion, context: _Context) -> None:
        escaped = self.text[self.position + 1 : self.position + 2]
        self.position += 2 if escaped else 1
        if escaped == "\n":
            return
        keeps = context.quoted and escaped not in ("}" if context is _QUOTED_BRACE else "") + '$`"\\'
        out.add("\\" + escaped if keeps or not escaped else escaped)

    def _single_quoted(self) -> str:
        start = self.position + 1
        end = self.text.find("'", start)
        if end < 0:
            raise self._never_closed("quote")
        self.position = end + 1
        return self.text[start:end]

    def _dollar(self, out: Expansion, context: _Context, depth: int) -> None:
        text, start = self.text, self.position
        if name := _NAME.match(text, start + 1):
            self.position = name.end()
            self._variable(out, name[0], text[start : self.position])
        elif parameter := _PARAMETER.match(text, start):
            self.position = parameter.end()
            self._parameter(out, parameter, context, depth)
        elif text.startswith(("${", "$("), start):
            self.position += 2
            self._skip_to("}" if text[start + 1] == "{" else ")", depth)
            out.add(text[start : self.position], static=False)
        elif special := (_SPECIAL_IN_QUOTES if context.quoted else _SPECIAL).match(text, start):
            self.position = special.end()
            out.add(special[0], static=False)
        else:
            self.position += 1
            out.add("$")

    def _variable(self, out: Expansion, name: str, written: str) -> None:
        out.names.add(name)
        if (value := self.variables[name]) is not None:
            out.add_value(value)
        else:
            out.add(written, static=False)

    def _parameter(self, out: Expansion, parameter: re.Match[str], context: _Context, depth: int) -> None:
        """Evaluate `${NAME}` and `${NAME:-word}`, with any of `-=+?` and with or without the colon."""
        name, operator = parameter[1], parameter[2] or ""
        value = self.variables[name]
        unknowable = (value is None and name in _OWN) or (isinstance(value, Expression) and ":" in operator)
        has_value = value is not None and (value != "" or ":" not in operator)
        word = Expansion(self.variables)
        if operator:
            unused = has_value is not (operator[-1] == "+")
            self.unused += unused
            self._expand(word, _QUOTED_BRACE if context.quoted else _BRACE, depth + 1)
            self.unused -= unused
        self._close("}")
        out.names.add(name)
        written = self.text[parameter.start() : self.position]
        if not operator:
            self._variable(out, name, written)
        elif unknowable:
            out.add(written, static=False)
        elif operator[-1] == "+":
            out.add_value(word.value() if has_value else "")
        elif has_value and value is not None:
            out.add_value(value)
        elif operator[-1] == "?":
            out.add(written, static=False)
        else:
            out.names |= word.names
            out.add_value(word.value())
            if operator[-1] == "=" and not self.unused:
                self.variables.set(name, word.value(), self.variables.line, extends=True)

    def _close(self, end: str) -> None:
        if not self.text.startswith(end, self.position):
            raise self._never_closed("quote" if end == '"' else "${")
        self.position += 1

    # Skipping

    def _skip_word(self) -> None:
        """Go to the end of a word without evaluating it."""
        if template := _BARE_TEMPLATE.match(self.text, self.position):
            self.position = template.end()
        while self.position < len(self.text) and self.text[self.position] not in _WORD.ends:
            if match := _WORD.plain.match(self.text, self.position):
                self.position = match.end()
            else:
                self._skip_piece(0)

    def _skip_to(self, end: str, depth: int) -> None:
        """Go behind the bracket or quote that closes, over whatever is nested in between."""
        if depth > DEEPEST:
            raise self.variables.error(f"is nested more than {DEEPEST} levels deep", "write it with fewer brackets")
        while self.position < len(self.text):
            if match := _SKIPPABLE.match(self.text, self.position):
                self.position = match.end()
            elif self.text[self.position] == end:
                self.position += 1
                return
            elif self.text[self.position] == "'" and end == '"':
                self.position += 1
            elif self.text[self.position] == "(" and end == ")":
                self.position += 1
                self._skip_to(")", depth + 1)
            else:
                self._skip_piece(depth)
        raise self._never_closed("quote" if end in '"`' else "bracket")

    def _skip_piece(self, depth: int) -> None:
        """Go over one quoted string, escape or expansion, or one character that is none."""
        text, start = self.text, self.position
        if text[start] == "'":
            self._single_quoted()
        elif text[start] == "\\":
            self.position = min(start + 2, len(text))
        elif text[start] in '"`':
            self.position += 1
            self._skip_to(text[start], depth + 1)
        elif text.startswith(("$(", "${"), start):
            self.position += 2
            self._skip_to(")" if text[start + 1] == "(" else "}", depth + 1)
        else:
            self.position += 1
