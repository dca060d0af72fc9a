/** The English texts of the handset, in one file that is loaded when somebody wants them. */
export default import.meta.glob<Record<string, unknown>>(['/src/handset/locale/en.json', '/src/ui/locale/en.json', '/src/shell/locale/en.json', '/src/module/incident/locale/en.json'], { eager: true, import: 'default' })
