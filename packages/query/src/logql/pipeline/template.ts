/** Templates as functions of a line. What is constant is read once; a failure is an Error of the function that failed. */
import {
  isTrue,
  type TemplateScope,
  type TemplateValue,
  templateFunctions,
} from './template-functions.ts';
import { parseTemplate, type TemplateExpr, type TemplateNode } from './template-parse.ts';
import { printValue } from './template-printf.ts';

interface Scope extends TemplateScope {
  labels: { get(name: string): string | undefined };
}

/** Bound of what one template may make of one line. */
const MAX_RESULT = 1024 * 1024;

/** Throws an Error when the template is invalid; the function throws one when it cannot be carried out. */
export function compileTemplate(text: string): (scope: Scope) => string {
  return compileNodes(parseTemplate(text));
}

function compileNodes(nodes: readonly TemplateNode[]): (scope: Scope) => string {
  const parts = nodes.map(compileNode);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (scope) => {
    let result = '';
    for (const part of parts) result += part(scope);
    if (result.length > MAX_RESULT) throw new Error('result is too long');
    return result;
  };
}

function compileNode(node: TemplateNode): (scope: Scope) => string {
  switch (node.kind) {
    case 'text':
      return () => node.text;
    case 'value': {
      const value = compileExpr(node.value);
      return (scope) => printValue(value(scope));
    }
    case 'if': {
      const condition = compileExpr(node.condition);
      const then = compileNodes(node.then);
      const otherwise = compileNodes(node.otherwise);
      return (scope) => (isTrue(condition(scope)) ? then(scope) : otherwise(scope));
    }
  }
}

function compileExpr(expr: TemplateExpr): (scope: Scope) => TemplateValue {
  switch (expr.kind) {
    case 'constant':
      return () => expr.value;
    case 'field': {
      const { name } = expr;
      return name === '' ? () => '' : ({ labels }) => labels.get(name) ?? '';
    }
    case 'call': {
      const known = templateFunctions.get(expr.name);
      const args = expr.args.map(compileExpr);
      if (known === undefined) throw new Error(`template: function "${expr.name}" not defined`);
      return (scope) =>
        known.run(
          args.map((arg) => arg(scope)),
          scope,
        );
    }
  }
}
