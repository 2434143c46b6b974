/** How the playbook calls a category, in a language such as `es`; nothing where it says nothing of it. */
export type CategoryTitles = (category: string, language: string) => string | undefined;

interface Titled {
  readonly id: string;
  readonly title: Readonly<Record<string, string>>;
  readonly renamed_from?: readonly string[] | undefined;
}

/** A former name has the title of the present one: links of old mails carry it. */
export function titlesOf(categories: readonly Titled[]): CategoryTitles {
  const titles = new Map(
    categories.flatMap(({ id, title, renamed_from = [] }) =>
      [...renamed_from, id].map((name) => [name, new Map(Object.entries(title))]),
    ),
  );
  return (category, language) => titles.get(category)?.get(language);
}
