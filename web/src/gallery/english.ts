import own from './locale/en.json'

export default { ...import.meta.glob<Record<string, unknown>>(['../**/locale/en.json', '!./locale/*'], { eager: true, import: 'default' }), 'gallery/locale/en.json': own }
