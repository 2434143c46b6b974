export type { Frame, Missing, Rendered, RenderInput } from './content.types.ts';
export { checkTemplates, loadTemplates, TemplateError, templatesBeside, type Templates } from './load.ts';
export { render } from './render.ts';
