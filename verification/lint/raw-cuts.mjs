import ts from 'typescript';

const cutting = new Set(['slice', 'substring', 'substr', 'charAt', 'at']);

/**
 * An ESLint rule: no text is cut by UTF-16 units, for half of a surrogate pair is no text to JSON, Postgres or a mail. The type checker
 * tells texts from lists and buffers, which may be sliced.
 */
export const rawCuts = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      raw: '`{{ name }}` cuts a text by UTF-16 units. Use `cut` of #facts, or name the file in verification/lint/texts-of-ours.mjs with the reason.',
    },
  },
  create(context) {
    const { getTypeAtLocation } = context.sourceCode.parserServices;
    const isText = (node) => {
      const type = getTypeAtLocation(node);
      return (type.isUnion() ? type.types : [type]).some(({ flags }) => (flags & ts.TypeFlags.StringLike) !== 0);
    };
    const isNumber = (node) => (getTypeAtLocation(node).flags & ts.TypeFlags.NumberLike) !== 0;
    const nameOf = ({ computed, property }) => (computed ? property.value : property.name);
    return {
      'MemberExpression[computed=true]'(node) {
        if (isNumber(node.property) && isText(node.object))
          context.report({ node: node.property, messageId: 'raw', data: { name: '[index]' } });
      },
      'CallExpression > MemberExpression.callee'(node) {
        const name = nameOf(node);
        if (cutting.has(name) && isText(node.object)) context.report({ node: node.property, messageId: 'raw', data: { name } });
      },
    };
  },
};
