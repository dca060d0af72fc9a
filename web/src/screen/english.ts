/** The English texts of the screens, in one file that is loaded when somebody wants them. */
export default import.meta.glob<Record<string, unknown>>(['/src/screen/locale/en.json', '/src/ui/locale/en.json', '/src/shell/locale/en.json', '/src/map/locale/en.json', '/src/module/incident/locale/en.json', '/src/module/unit/locale/en.json'], { eager: true, import: 'default' })
