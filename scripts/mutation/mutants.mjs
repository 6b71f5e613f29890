// What may be changed in a source file: one small change each, such as a test ought to notice.
import { join } from 'node:path';
import { SyntaxKind as kind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

const swaps = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '-': '+',
  '*': '/',
};
const methods = { some: 'every', every: 'some', min: 'max', max: 'min' };
/** Words for people: tests assert some of them, and none has to. */
const words = new Set(['message', 'advice', 'evidence', 'reason', 'meaning', 'rule', 'changes', 'says']);
const exits = new Set([
  kind.ReturnStatement,
  kind.ThrowStatement,
  kind.ContinueStatement,
  kind.BreakStatement,
]);
/** Types say nothing at run time. */
const types = new Set([
  kind.InterfaceDeclaration,
  kind.TypeAliasDeclaration,
  kind.ModuleDeclaration,
  kind.ImportDeclaration,
  kind.LiteralType,
  kind.TypeReference,
]);

/**
 * All mutants of some files: `{ file, line, text, mutation, start, end, replacement }`.
 *
 * @param files paths from `root`
 */
export function mutantsOf(root, files) {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
    const [{ program }] = snapshot.getProjects();
    return files.flatMap((file) => mutantsIn(file, program.getSourceFile(join(root, file))));
  } finally {
    api.close();
  }
}

function mutantsIn(file, source) {
  const lines = source.text.split('\n');
  const found = [];
  const startOf = (node) => node.getStart(source);
  const textOf = (node) => source.text.slice(startOf(node), node.end);

  function add(node, mutation, replacement) {
    const start = startOf(node);
    const line = source.text.slice(0, start).split('\n').length;
    found.push({ file, line, text: lines[line - 1].trim(), mutation, start, end: node.end, replacement });
  }

  function visit(node) {
    if (types.has(node.kind)) return;
    for (const [mutation, replacement, part = node] of changesOf(node, textOf))
      add(part, mutation, replacement);
    node.forEachChild((child) => {
      visit(child);
    });
  }

  visit(source);
  return found;
}

/** `[what, instead, of which node]` for each change of a node. */
function changesOf(node, textOf) {
  switch (node.kind) {
    case kind.IfStatement:
      return [...negate(node.expression, textOf), ...dropExit(node)];
    case kind.ConditionalExpression:
      return negate(node.condition, textOf);
    case kind.BinaryExpression:
      return binary(node, textOf);
    case kind.PrefixUnaryExpression:
      return textOf(node).startsWith('!') ? [['! dropped', textOf(node.operand)]] : [];
    case kind.NumericLiteral: {
      const value = Number(textOf(node).replaceAll('_', ''));
      return [[`${value} changed`, String(Math.abs(value) < 10 ? value + 1 : value * 2)]];
    }
    case kind.TrueKeyword:
      return [['true → false', 'false']];
    case kind.FalseKeyword:
      return [['false → true', 'true']];
    case kind.ExpressionStatement:
      return [['statement dropped', ';']];
    case kind.PropertyAccessExpression: {
      const name = textOf(node.name);
      return name in methods ? [[`${name} → ${methods[name]}`, methods[name], node.name]] : [];
    }
    case kind.ObjectLiteralExpression:
      return node.properties.flatMap((property) => dropProperty(property, textOf));
    default:
      return [];
  }
}

/** Not where that is what the change of its operator comes to. */
function negate(condition, textOf) {
  const operator = condition.operatorToken && textOf(condition.operatorToken);
  const text = textOf(condition);
  if (operator === '===' || operator === '!==' || condition.kind === kind.PrefixUnaryExpression) return [];
  return [['condition negated', `!(${text})`, condition]];
}

function dropExit({ thenStatement, elseStatement }) {
  const last = thenStatement.kind === kind.Block ? thenStatement.statements.at(-1) : thenStatement;
  return elseStatement === undefined && last && exits.has(last.kind) ? [['early exit dropped', ';']] : [];
}

function binary(node, textOf) {
  const operator = textOf(node.operatorToken);
  if (operator === '??') return [['?? dropped', textOf(node.left)]];
  if (operator === '+') {
    const joinsWords = [node.left, node.right].some((one) => /['`]/.test(textOf(one)));
    return joinsWords ? [] : [['+ → -', '-', node.operatorToken]];
  }
  return operator in swaps ? [[`${operator} → ${swaps[operator]}`, swaps[operator], node.operatorToken]] : [];
}

function dropProperty(property, textOf) {
  const text = textOf(property);
  const name = property.name === undefined ? text : textOf(property.name);
  // A row of a table that another names is no decision, and neither is a word for people.
  if (words.has(name) || name.startsWith("'") || name.startsWith('[')) return [];
  // The comma stays: two in a row would not compile.
  return [[`${name} dropped`, '...{}', property]];
}
