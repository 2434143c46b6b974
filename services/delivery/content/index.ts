export { checkTemplates, loadTemplates, templatesBeside, type Templates } from './load.ts';
export { render } from './render.ts';
export { TemplateError } from './template-error.ts';
