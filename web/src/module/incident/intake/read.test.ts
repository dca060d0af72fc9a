import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLine, type Tables } from './read'

// The very tables that the server hands out.
const data = join(import.meta.dirname, '../../../../../module/incident/data')
const rows = (name: string) => readFileSync(join(data, name), 'utf8').trim().split('\n').slice(1).map((l) => l.split(','))
const gather = (list: string[][]) => list.reduce<Record<string, string[]>>((by, [key, w]) => ({ ...by, [key!]: [...(by[key!] ?? []), w!] }), {})
const words = gather(rows('kind_words.csv'))
const tables: Tables = { kinds: rows('kinds.csv').map((r) => ({ code: r[0]!, priority: Number(r[4]), words: words[r[0]!] ?? [] })), risks: gather(rows('words.csv')) }

/** line → address, kind, people, phone, risks ("weapon" said, "-injury" denied) */
const lines: [string, (string | undefined)?, (string | undefined)?, (string | undefined)?, (string | undefined)?, string?][] = [
  ['文渊路128号 邻里争执 2人 无伤 13800001234', '文渊路128号', '4', '2', '13800001234', '-injury'],
  ['文渊路128号邻里争执两人无伤13800001234', '文渊路128号', '4', '2', '13800001234', '-injury'],
  ['有人在文渊路128号打架', '文渊路128号', '2', undefined, undefined, 'violence'],
  ['打架，在文渊路128号', '文渊路128号', '2', undefined, undefined, 'violence'],
  ['文渊路128号打架，有人拿刀，一人流血', '文渊路128号', '2', '1', undefined, 'weapon injury violence'],
  ['解放街12号 电动车被偷', '解放街12号', '1'],
  ['解放街12号电动车被偷 138-0000-1234', '解放街12号', '1', undefined, '13800001234'],
  ['东城街道园丁社区12号 夫妻吵架', '东城街道园丁社区12号', '4'],
  ['东城街道 园丁社区 12号 夫妻吵架', '东城街道 园丁社区 12号', '4'],
  ['石柱镇 下里溪村 3组 老人走失', '石柱镇 下里溪村 3组', '5'],
  ['五金城 打架 十几个人', '五金城', '2', '10+', undefined, 'violence'],
  ['五金城3号楼2单元501室 漏水纠纷', '五金城3号楼2单元501室', '4'],
  ['华丰路与总部中心路口两车追尾', '华丰路与总部中心路口', '3'],
  ['城西新区九铃西路追尾 2车 无人受伤', '城西新区九铃西路', '3', undefined, undefined, '-injury'],
  ['国道330线 25公里处 货车侧翻 1人受伤', '国道330线 25公里处', '3', '1', undefined, 'injury'],
  ['诸永高速永康出口 车祸 三人受伤', '诸永高速永康出口', '3', '3', undefined, 'injury'],
  ['丽州中路88号 店里收银台现金被盗', '丽州中路88号', '1'],
  ['接到冒充客服电话被骗3万 地址 望春小区5幢', '望春小区5幢', '1'],
  ['望春小区5幢301室 有人撬门', '望春小区5幢301室', '1'],
  ['紫微花园北门 两个人打起来了', '紫微花园北门', '2', '2'],
  ['紫微花园北门，一男一女争吵', '紫微花园北门', '4', '2'],
  ['人民医院门口 医患纠纷 四五个人', '人民医院门口', '4', '4+'],
  ['人民医院急诊 醉酒闹事 1人', '人民医院', '2', '1'],
  ['实验小学西门 家长口角', '实验小学西门', '4'],
  ['第一中学对面 学生打架 七八个人', '第一中学对面', '2', '7+', undefined, 'violence'],
  ['万达广场3楼 孩子走丢', '万达广场3楼', '5'],
  ['万达广场 手机丢了 0579-87123456', '万达广场', '5', undefined, '057987123456'],
  ['江滨公园有人落水', '江滨公园', '5'],
  ['江滨公园 有人要跳河', '江滨公园', '5'],
  ['紫荆大桥上有人要跳楼轻生', '紫荆大桥', '5'],
  ['芝英镇 厂房着火 无人被困', '芝英镇', '5', undefined, undefined, 'fire'],
  ['芝英镇工业区厂房起火', '芝英镇工业区', '11', undefined, undefined, 'fire'],
  ['龙山镇桥下村 山上冒烟', '龙山镇桥下村', '11'],
  ['古山镇 燃气泄漏', '古山镇', '11'],
  ['永拖路15号 欠薪讨要工资 20人', '永拖路15号', '4', '20'],
  ['永拖路15号工地 工人讨薪 二十多人', '永拖路15号工地', '4', '20+'],
  ['报警人称城南路66号楼上噪音扰民', '城南路66号楼上', '2'],
  ['我在城南路66号门口，有人堵门', '城南路66号门口', '3'],
  ['金都宾馆302室 有人赌博', '金都宾馆302室', '2'],
  ['举报 金都宾馆有人卖淫嫖娼', '金都宾馆', '2'],
  ['举报华联超市卖假货', '华联超市', '8'],
  ['咨询 身份证怎么办理', undefined, '10'],
  ['投诉某单位不作为', undefined, '9'],
  ['胜利街停电了', '胜利街', '11'],
  ['胜利街 井盖没了', '胜利街', '11'],
  ['家里孩子离家出走 13900001111', undefined, '5', undefined, '13900001111'],
  ['持刀抢劫 溪心路8号便利店 1人', '溪心路8号便利店', '1', '1', undefined, 'weapon'],
  ['溪心路8号 家暴 没有受伤 没带刀', '溪心路8号', '2', undefined, undefined, '-weapon -injury'],
  ['溪心路8号 家暴 不知有没有受伤', '溪心路8号', '2', undefined, undefined, 'injury'],
  ['望春东路 车子刮擦 双方没事', '望春东路', '3', undefined, undefined, '-injury'],
  ['望春东路78号旁边 车挡住了要挪车', '望春东路78号旁边', '3'],
  ['东库街37弄6号 独居老人没人应门', '东库街37弄6号', '5'],
  ['东库街37弄6号老人晕倒', '东库街37弄6号', '5'],
  ['飞凤路十字路口 红绿灯坏了 拥堵', '飞凤路十字路口', '3'],
  ['飞凤路网吧 未成年人打架 三个人 一人流血', '飞凤路网吧', '2', '3', undefined, 'injury violence'],
  ['28.888123,120.034567 打架', undefined, '2', undefined, undefined, 'violence'],
  ['120.034567，28.888123 车祸', undefined, '3'],
  ['西津桥头 捡到钱包', '西津桥', '5'],
  ['被打了', undefined, '2'],
  ['打架', undefined, '2', undefined, undefined, 'violence'],
  ['', undefined],
  ['   ', undefined],
  ['28.903210', undefined],
  ['13800001234', undefined, undefined, undefined, '13800001234'],
  ['10012345678 象珠镇派溪村 偷挖山上的树', '象珠镇派溪村', '1', undefined, '10012345678'],
  ['象珠镇派溪村 鱼塘被投毒', '象珠镇派溪村', '1'],
  ['前仓镇大陈村 邻里纠纷 双方各3人 拿棍', '前仓镇大陈村', '4', '3', undefined, 'weapon'],
  ['唐先镇 夫妻吵架 女方要自杀', '唐先镇', '5'],
  ['新新家园8幢2单元电梯被困 2人', '新新家园8幢2单元', '5', '2'],
  ['总部中心金都大厦B座 租房押金纠纷', '总部中心金都大厦', '4'],
  ['客运中心 人很多 有人扒窃', '客运中心', '1'],
  ['南苑路 有人砸车 持械 3名男子', '南苑路', '2', '3', undefined, 'weapon'],
  ['南苑路2-1号 爆炸', '南苑路2-1号', undefined, undefined, undefined, 'fire'],
]

describe('a line as a call-taker types it', () => {
  it.each(lines)('%s', (line, address, kind, people, phone, risks = '') => {
    const r = readLine(line, tables)
    const said = Object.entries(r.risks).map(([name, yes]) => (yes ? name : '-' + name)).join(' ')
    expect({ address: r.address, kind: r.kind, people: r.people, phone: r.phone, risks: said }).toEqual({ address, kind, people, phone, risks })
  })
  it('has a table that is worth its name', () => {
    expect(lines.length).toBeGreaterThanOrEqual(60)
  })
  it('reads a point either way round, and none that is not on earth', () => {
    expect(readLine('28.888123,120.034567 打架', tables).point).toEqual({ lat: 28.888123, lon: 120.034567 })
    expect(readLine('120.034567，28.888123 车祸', tables).point).toEqual({ lat: 28.888123, lon: 120.034567 })
    expect(readLine('228.888123,320.034567', tables).point).toBeUndefined()
  })
  it('keeps the phone out of what is written down', () => {
    expect(readLine('文渊路128号 邻里争执 13800001234 无伤', tables).rest).toBe('文渊路128号 邻里争执 无伤')
  })
  it('never grows slow on a long line', () => {
    const from = performance.now()
    readLine('文渊路128号邻里争执两人无伤，'.repeat(300), tables)
    expect(performance.now() - from).toBeLessThan(1500)
  })
})
