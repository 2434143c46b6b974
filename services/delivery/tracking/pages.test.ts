import { expect, test } from '@jest/globals';
import { titlesOf } from './category-titles.ts';
import { page } from './pages.ts';

const titles = titlesOf([{ id: 'news', title: { es: 'noticias <b>', en: 'the news' }, renamed_from: ['letters'] }]);

test('a page calls a category as the playbook does, by its former names too, and escapes it', () => {
  expect(page('en', { kind: 'done', category: 'news' }, titles)).toContain('You will get no more the news.');
  expect(page('es', { kind: 'done', category: 'letters' }, titles)).toContain('noticias &#60;b&#62;');
});

test('a category that the playbook no longer has is called by its name', () => {
  expect(page('en', { kind: 'done', category: 'other<' }, titles)).toContain('other&#60;');
  expect(page('en', { kind: 'done', category: '__proto__' }, titles)).toContain('__proto__');
});
