declare module 'echarts/i18n/langEN-obj.js' {
  const lang: never
  export default lang
}
declare module 'echarts/i18n/langZH-obj.js' {
  const lang: never
  export default lang
}
