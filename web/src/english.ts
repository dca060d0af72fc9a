/** The English catalogues, in one file that is loaded when somebody wants them. */
export default import.meta.glob<Record<string, unknown>>(['./**/locale/en.json', '!./gallery/**', '!./public/**', '!./handset/**'], { eager: true, import: 'default' })
