import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import langEN from 'echarts/i18n/langEN-obj.js'
import langZH from 'echarts/i18n/langZH-obj.js'

echarts.use([LineChart, BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, MarkLineComponent, CanvasRenderer])
echarts.registerLocale('zh-CN', langZH)
echarts.registerLocale('en', langEN)

export interface Series { name: string; data: (number | null)[]; dashed?: boolean }
export interface ChartData {
  kind: 'line' | 'bar' | 'ranking'
  categories: string[]
  series: Series[]
  unit?: string
  max?: number
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** The option of a chart, in the colours of the page. Tooltips are drawn on the canvas: as HTML they would need styles that the policy forbids. */
export function optionOf(d: ChartData, size: number): echarts.EChartsCoreOption {
  const [text, text2, border, surface] = ['--text', '--text2', '--border', '--surface'].map(token)
  const font = token('--num')
  const axis = { axisLine: { lineStyle: { color: border } }, axisTick: { show: false }, axisLabel: { color: text2, fontSize: size }, splitLine: { lineStyle: { color: border, type: 'dashed', opacity: 0.6 } } }
  const ranking = d.kind === 'ranking'
  const category = { type: 'category', data: d.categories, ...axis, axisLabel: { ...axis.axisLabel, hideOverlap: true }, ...(ranking && { inverse: true, axisLine: { show: false } }) }
  const value = { type: 'value', min: 0, max: d.max, ...axis, ...(ranking && { show: false }) }
  return {
    animation: false,
    color: [1, 2, 3, 4, 5].map((n) => token(`--c${n}`)),
    textStyle: { fontFamily: token('--font') },
    aria: { enabled: true, decal: { show: d.series.length > 2 } },
    grid: { left: 4, right: ranking ? 56 : 12, top: d.series.length > 1 ? size * 2.2 : 12, bottom: 2, containLabel: true },
    legend: d.series.length > 1 ? { top: 0, right: 0, itemWidth: 18, itemHeight: 10, textStyle: { color: text2, fontSize: size } } : undefined,
    tooltip: { trigger: 'axis', renderMode: 'richText', backgroundColor: text, borderWidth: 0, textStyle: { color: surface, fontSize: size }, valueFormatter: (v: unknown) => `${String(v ?? '—')}${d.unit ?? ''}` },
    xAxis: ranking ? value : category,
    yAxis: ranking ? category : value,
    series: d.series.map((s) => (d.kind === 'line'
      ? { name: s.name, type: 'line', data: s.data, showSymbol: s.data.filter((v) => v !== null).length < 2 /* a point alone has no line */, smooth: 0.25, lineStyle: { width: s.dashed ? 2 : 2.5, type: s.dashed ? 'dashed' : 'solid' }, areaStyle: s.dashed || d.series.length > 2 ? undefined : { opacity: 0.12 } }
      : { name: s.name, type: 'bar', data: s.data, barMaxWidth: size + 4, itemStyle: { borderRadius: ranking ? size : [3, 3, 0, 0] },
          ...(ranking && { showBackground: true, backgroundStyle: { color: border, opacity: 0.5, borderRadius: size }, label: { show: true, position: 'right', color: text, fontSize: size + 1, fontFamily: font, formatter: `{c}${d.unit ?? ''}` } }) })),
  }
}

export function draw(el: HTMLElement, language: string) {
  return echarts.init(el, undefined, { locale: language, renderer: 'canvas' })
}
