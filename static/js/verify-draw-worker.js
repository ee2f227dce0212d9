// Recomputes a draw from its evidence file (draw protocol v1) in the visitor's own browser. Written from the protocol's text
// like verify_draw.py, in the same order and the same words, so that both name the same first difference. Asked with
// { source: address or File, sealDigest: text or "" }; answers { step, done, total } on the way and at the end
// { verified, answer, sealDigest } or { unreadable }.

"use strict";

const GRADES = ["A", "B", "C", "D", "NONE"];
const REASONS = ["岗位调整", "工作冲突", "健康状况", "执法回避"];
const ROSTERS = [
  ["facility_roster", "检查对象名册", "facility_digest", 1],
  ["inspector_roster", "检查人员名册", "inspector_digest", 1],
  ["recusals", "回避登记", "recusal_digest", 2],
];
const AT_ONCE = 2000; // hashes asked for together: one by one the browser would mostly wait

class Difference extends Error {}
class Unreadable extends Error {}

onmessage = async (event) => {
  try {
    const evidence = readEvidence(await bytesOf(event.data.source));
    await check(evidence, event.data.sealDigest);
    postMessage({ verified: true, answer: summary(evidence), sealDigest: evidence.seal_digest });
  } catch (problem) {
    if (problem instanceof Difference) postMessage({ verified: false, answer: problem.message });
    else if (problem instanceof Unreadable) postMessage({ unreadable: problem.message });
    else {
      // Thrown from here it would be a rejected promise; the page hears of errors only.
      setTimeout(() => {
        throw problem;
      });
    }
  }
};

async function check(evidence, expectedSealDigest) {
  if (!holds(evidence, EVIDENCE)) nameMisfit(evidence, EVIDENCE, "");
  await checkSeal(evidence, expectedSealDigest);
  await checkRosters(evidence);
  await checkWitness(evidence);
  checkQuotas(evidence);
  if (evidence.held_at === null) checkNeverHeld(evidence);
  else await checkHeld(evidence);
}

function summary(evidence) {
  const number = evidence.seal.number;
  if (evidence.held_at === null) return `${number}：核验通过。本次抽取在进行之前已作废。`;
  const visits = evidence.teams.reduce((sum, team) => sum + team.members.length, 0);
  const counts = `中选机构 ${evidence.winners.length} 家，检查人员 ${visits} 人次`;
  const voided = evidence.void ? "本次抽取已作废。" : "";
  return `${number}：核验通过。${counts}，调换 ${evidence.substitutions.length} 次。${voided}`;
}

const progress = {
  begin(total) {
    this.done = 0;
    this.total = total;
  },
  add(step, count) {
    const before = Math.floor(this.done / AT_ONCE);
    this.done += count;
    if (Math.floor(this.done / AT_ONCE) > before) postMessage({ step, done: this.done, total: this.total });
  },
};

// The file

async function bytesOf(source) {
  if (typeof source !== "string") return new Response(source).arrayBuffer();
  let answer;
  try {
    answer = await fetch(source);
  } catch (problem) {
    throw new Unreadable("无法下载证据文件：网络不通。请稍后再试。");
  }
  if (!answer.ok) throw new Unreadable("无法下载证据文件：服务器没有给出文件。请刷新页面后再试。");
  return answer.arrayBuffer();
}

function readEvidence(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text);
    const asPublished = `${JSON.stringify(value, null, 1)}\n`;
    if (text !== asPublished && withoutGaps(text) !== JSON.stringify(value)) throw new SyntaxError("spelt otherwise");
    return value;
  } catch (problem) {
    throw new Unreadable("这不是有效的证据文件：编码、数字、层数不对或有重复的键。请重新下载。");
  }
}

// A repeated key or a number such as 2.0 is read without a word but would be written differently.
function withoutGaps(text) {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+/g, (token) => {
    if (token[0] !== '"') return "";
    return token.includes("\\") ? JSON.stringify(JSON.parse(token)) : token;
  });
}

// Its shape

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,6})?\+08:00$/;

const words = (description, forbidden, empty) => ({
  words: description,
  holds: (value) =>
    typeof value === "string" && (empty || value !== "") && !forbidden.test(value) && !LONE_SURROGATE.test(value),
});
const wholeNumber = (lowest, highest) => ({
  words: ` ${lowest} 至 ${highest} 的整数`,
  holds: (value) => Number.isInteger(value) && lowest <= value && value <= highest,
});
const orNull = (kind) => ({ orNull: kind });
const each = (kind) => ({ each: kind });
const row = (...fields) => ({ row: fields });
const record = (keys) => ({ record: keys });

const LINE = words("一行文字", /[\n\r]/, true);
const TEXT = words("一行文字，不能为空白", /[\n\r]/, false);
const FIELD = words("一行不含制表符的文字", /[\n\r\t]/, true);
const CODE = words("一行不含制表符的文字，不能为空白", /[\n\r\t]/, false);
const HEX = {
  words: " 64 位小写十六进制数",
  holds: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
};
const WHEN = { words: "东八区（+08:00）的 ISO 8601 时间", holds: isMoment };
const YES_NO = { words: "真假值", holds: (value) => typeof value === "boolean" };
const ASSIGNMENT = { words: " drawn 或 assigned", holds: (value) => value === "drawn" || value === "assigned" };
const COUNT = wholeNumber(0, 1e9);
const RATIO = wholeNumber(0, 10000);

const EVIDENCE = record({
  seal: record({
    protocol: TEXT,
    hash: TEXT,
    number: TEXT,
    bureau: TEXT,
    year: wholeNumber(1, 9999),
    task: TEXT,
    round: wholeNumber(1, 1e6),
    sealed_at: WHEN,
    rules: record({
      ratios_bp: record({ A: RATIO, B: RATIO, C: RATIO, D: RATIO, NONE: RATIO }),
      floor_bp: RATIO,
      team_size: wholeNumber(2, 1000),
      qualification: LINE,
    }),
    quotas: each(record({ grade: TEXT, base: COUNT, pool: COUNT, quota: COUNT })),
    top_up: COUNT,
    facility_digest: HEX,
    inspector_digest: HEX,
    recusal_digest: HEX,
    commitment: HEX,
    public_source: orNull(TEXT),
    previous: orNull(HEX),
  }),
  seal_digest: HEX,
  facility_roster: each(row(["代码", CODE], ["信用等级", CODE], ["状态", CODE])),
  inspector_roster: each(row(["代码", CODE], ["资格", FIELD], ["状态", CODE])),
  recusals: each(row(["检查对象代码", CODE], ["检查人员代码", CODE])),
  secret: orNull(HEX),
  contributions: each(record({ role: TEXT, name: TEXT, text: TEXT, at: WHEN })),
  public_value: orNull(TEXT),
  held_at: orNull(WHEN),
  seed: orNull(HEX),
  winners: orNull(each(record({ code: CODE, grade: CODE, ticket: HEX, top_up: YES_NO }))),
  teams: orNull(
    each(record({ facility: CODE, members: each(record({ inspector: CODE, visit: COUNT, card: LINE })) })),
  ),
  assignment: orNull(ASSIGNMENT),
  substitutions: orNull(
    each(
      record({ facility: CODE, out: CODE, in: CODE, reason: TEXT, visit: COUNT, card: LINE, approved_at: WHEN }),
    ),
  ),
  void: orNull(record({ reason: TEXT, proposed_by: TEXT, approved_by: TEXT, at: WHEN })),
});

function isMoment(value) {
  const parts = typeof value === "string" && MOMENT.exec(value);
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  // The calendar repeats after 400 years, and the browser takes the years before 100 for others.
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const date = year > 0 && month > 0 && month < 13 && day > 0 && day <= days;
  return date && hour < 24 && minute < 60 && second < 60;
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function has(value, key) {
  return Object.prototype.hasOwnProperty.call(value, key);
}

function holds(value, kind) {
  if (kind.holds) return kind.holds(value);
  if (kind.orNull) return value === null || holds(value, kind.orNull);
  if (kind.each) return Array.isArray(value) && value.every((entry) => holds(entry, kind.each));
  if (kind.row) {
    if (!Array.isArray(value) || value.length !== kind.row.length) return false;
    return kind.row.every(([, of], place) => holds(value[place], of));
  }
  const keys = Object.keys(kind.record);
  if (!isRecord(value) || Object.keys(value).length !== keys.length) return false;
  return keys.every((key) => has(value, key) && holds(value[key], kind.record[key]));
}

function nameMisfit(value, kind, where) {
  const here = where || "证据文件";
  const inner = kind.orNull || kind;
  if (inner.holds) throw new Difference(`${here}：须为${inner.words}，文件记为 ${show(value)}。`);
  for (const [part, of, place] of partsOf(value, inner, where, here)) {
    if (!holds(part, of)) nameMisfit(part, of, place);
  }
}

function partsOf(value, kind, where, here) {
  if (kind.row) {
    if (!Array.isArray(value) || value.length !== kind.row.length) {
      throw new Difference(`${here}：须为 ${kind.row.length} 项组成的列表。`);
    }
    return kind.row.map(([name, of], place) => [value[place], of, `${where} ${name}`]);
  }
  if (kind.each) {
    if (!Array.isArray(value)) throw new Difference(`${here}：须为列表，文件记为 ${show(value)}。`);
    return value.map((entry, index) => [entry, kind.each, `${where} 第 ${index + 1} 项`]);
  }
  if (!isRecord(value)) throw new Difference(`${here}：须为对象，文件记为 ${show(value)}。`);
  const keys = Object.keys(kind.record);
  const missing = keys.find((key) => !has(value, key));
  if (missing !== undefined) throw new Difference(`${here}：缺少 ${missing}。`);
  const extra = Object.keys(value).find((key) => !keys.includes(key));
  if (extra !== undefined) throw new Difference(`${here}：多出 ${show(extra)}。`);
  return keys.map((key) => [value[key], kind.record[key], `${where} ${key}`.trim()]);
}

function show(value) {
  if (value === null) return "空";
  if (typeof value === "boolean") return value ? "是" : "否";
  if (typeof value === "object") return Array.isArray(value) ? "一个列表" : "一个对象";
  if (typeof value === "number" && !Number.isInteger(value)) return "一个小数";
  const characters = Array.from(String(value)).map((one) => (one !== " " && /[\p{C}\p{Z}]/u.test(one) ? "�" : one));
  if (characters.length > 80) return `${characters.slice(0, 80).join("")}…`;
  return characters.join("") || "空白";
}

function same(where, recorded, recomputed) {
  if (recorded !== recomputed) {
    throw new Difference(`${where}：文件记为 ${show(recorded)}，重算为 ${show(recomputed)}。`);
  }
}

// Hashing

const encoder = new TextEncoder();
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

async function hash(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  let hex = "";
  for (let index = 0; index < digest.length; index++) hex += BYTES[digest[index]];
  return hex;
}

async function hashAll(texts, step) {
  const hashes = [];
  for (let start = 0; start < texts.length; start += AT_ONCE) {
    const group = await Promise.all(texts.slice(start, start + AT_ONCE).map(hash));
    for (const one of group) hashes.push(one);
    if (step) progress.add(step, group.length);
  }
  return hashes;
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

// The order of the UTF-8 bytes. Text compares by UTF-16 here, which differs beyond the first 65,536 characters.
function compareBytes(left, right) {
  if (/[\ud800-\udfff]/.test(left + right)) {
    const [one, other] = [encoder.encode(left), encoder.encode(right)];
    for (let index = 0; index < Math.min(one.length, other.length); index++) {
      if (one[index] !== other[index]) return one[index] - other[index];
    }
    return one.length - other.length;
  }
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

// Seal

async function checkSeal(evidence, expected) {
  const seal = evidence.seal;
  same("封存内容的协议名称（protocol）", seal.protocol, "draw/v1");
  same("封存内容的哈希算法（hash）", seal.hash, "sha256");
  same("封存摘要（seal_digest）", evidence.seal_digest, await hash(canonical(seal)));
  if (expected && expected.replace(/\s+/g, "").toLowerCase() !== evidence.seal_digest) {
    throw new Difference(`封存摘要：公布为 ${show(expected)}，文件记为 ${evidence.seal_digest}。`);
  }
}

async function checkRosters(evidence) {
  for (const [key, name, digest, identity] of ROSTERS) {
    const rows = evidence[key];
    const keys = rows.map((fields) => fields.slice(0, identity).join("\t"));
    for (let index = 1; index < rows.length; index++) {
      const order = compareBytes(keys[index - 1], keys[index]);
      if (order >= 0) {
        const fault = order === 0 ? "重复" : "未按代码的字节顺序排列";
        throw new Difference(`${name}第 ${index + 1} 行：${show(rows[index][identity - 1])} ${fault}。`);
      }
    }
    const lines = rows.map((fields) => `${fields.join("\t")}\n`).join("");
    same(`${name}摘要（${digest}）`, evidence.seal[digest], await hash(lines));
  }
  evidence.facility_roster.forEach(([code, grade], index) => {
    if (!GRADES.includes(grade)) {
      const fault = `${show(code)} 的信用等级 ${show(grade)} 不在规定之内`;
      throw new Difference(`检查对象名册第 ${index + 1} 行：${fault}。`);
    }
  });
  evidence.inspector_roster.forEach(([code, tags], index) => {
    const parts = tags === "" ? [] : tags.split(",");
    const ordered = parts.every((part, place) => place === 0 || compareBytes(parts[place - 1], part) < 0);
    if (parts.includes("") || !ordered) {
      throw new Difference(`检查人员名册第 ${index + 1} 行：${show(code)} 的资格未按字节顺序排列或有重复。`);
    }
  });
}

// Witness

async function checkWitness(evidence) {
  const { seal, held_at: heldAt, secret } = evidence;
  if (secret !== null) same("封存时的承诺值（commitment）", seal.commitment, await hash(secret));
  if (heldAt === null && evidence.void === null) {
    throw new Difference("抽取时间（held_at）：本次抽取既未进行，也未作废，无从核验。");
  }
  const end = heldAt === null ? ["作废时间", evidence.void.at] : ["抽取时间", heldAt];
  let latest = ["封存时间", seal.sealed_at];
  inOrder(latest, end);
  evidence.contributions.forEach((entry, index) => {
    if (Array.from(entry.text).length < 16) {
      throw new Difference(`第 ${index + 1} 位见证人输入的内容：不足 16 个字符。`);
    }
    const current = [`第 ${index + 1} 位见证人的见证时间`, entry.at];
    inOrder(latest, current);
    inOrder(current, end);
    latest = current;
  });
}

function inOrder(earlier, later) {
  if (sortable(later[1]) < sortable(earlier[1])) {
    throw new Difference(`${later[0]} ${later[1]} 早于${earlier[0]} ${earlier[1]}。`);
  }
}

function sortable(moment) {
  return moment.slice(0, -6).padEnd(20, ".").padEnd(26, "0");
}

// Quotas

function checkQuotas(evidence) {
  const { rules, quotas } = evidence.seal;
  const count = (rows) => GRADES.map((grade) => rows.filter((fields) => fields[1] === grade).length);
  const base = count(evidence.facility_roster);
  const pool = count(evidence.facility_roster.filter((fields) => fields[2] === "in"));
  let drawn = 0;
  same("抽取数量（quotas）的行数", quotas.length, GRADES.length);
  GRADES.forEach((grade, index) => {
    const quota = Math.min(pool[index], roundUp(base[index] * rules.ratios_bp[grade]));
    drawn += quota;
    const due = { grade, base: base[index], pool: pool[index], quota };
    for (const key of Object.keys(due)) {
      same(`抽取数量（quotas）第 ${index + 1} 行 ${grade} 级的 ${key}`, quotas[index][key], due[key]);
    }
  });
  const missing = Math.max(0, roundUp(sum(base) * rules.floor_bp) - drawn);
  same("按总体下限补抽的数量（top_up）", evidence.seal.top_up, Math.min(missing, sum(pool) - drawn));
}

function roundUp(basisPoints) {
  return Math.floor((basisPoints + 9999) / 10000);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

// Hold

function checkNeverHeld(evidence) {
  if (evidence.public_value !== null && evidence.seal.public_source === null) {
    throw new Difference("公开随机数（public_value）：封存时未公布来源，此项应为空。");
  }
  for (const key of ["seed", "winners", "teams", "substitutions"]) {
    if (evidence[key] !== null && evidence[key].length) {
      throw new Difference(`${key}：本次抽取未进行即已作废，不应有结果。`);
    }
  }
}

async function checkHeld(evidence) {
  for (const key of ["secret", "seed", "winners", "teams", "substitutions", "assignment"]) {
    if (evidence[key] === null) throw new Difference(`${key}：本次抽取已经进行，此项不能为空。`);
  }
  if (!evidence.contributions.length) throw new Difference("见证（contributions）：至少须有一名见证人。");
  if ((evidence.seal.public_source === null) !== (evidence.public_value === null)) {
    throw new Difference("公开随机数（public_value）：封存时公布了来源的须有值，未公布来源的须为空。");
  }
  const lines = [evidence.seal_digest, evidence.secret, ...evidence.contributions.map((entry) => entry.text)];
  if (evidence.public_value !== null) lines.push(evidence.public_value);
  same("随机种子（seed）", evidence.seed, await hash(lines.join("\n")));
  const pool = evidence.facility_roster.filter((fields) => fields[2] === "in");
  progress.begin(pool.length + evidence.winners.length * evidence.seal.rules.team_size);
  checkWinners(evidence, await draw(evidence, pool));
  const people = peopleOf(evidence);
  await checkTeams(evidence, people);
  await checkSubstitutions(evidence, people);
  if (evidence.void !== null) inOrder(["抽取时间", evidence.held_at], ["作废时间", evidence.void.at]);
}

const WINNER = [
  ["code", ""],
  ["ticket", "的抽签号"],
  ["grade", "的信用等级"],
  ["top_up", "的补抽标记"],
];

function checkWinners(evidence, recomputed) {
  const recorded = evidence.winners;
  recomputed.slice(0, recorded.length).forEach((due, index) => {
    for (const [key, name] of WINNER) same(`第 ${index + 1} 个中选机构${name}`, recorded[index][key], due[key]);
  });
  same("中选机构的数量", recorded.length, recomputed.length);
}

async function draw(evidence, pool) {
  const tickets = await hashAll(
    pool.map(([code]) => `${evidence.seed},${code}`),
    "重算签号",
  );
  const waiting = pool.map(([code, grade], index) => ({ code, grade, ticket: tickets[index], top_up: false }));
  waiting.sort(byTicket);
  const room = new Map(evidence.seal.quotas.map((quota) => [quota.grade, quota.quota]));
  const [winners, passedOver] = [[], []];
  for (const facility of waiting) {
    const left = room.get(facility.grade);
    room.set(facility.grade, left - 1);
    (left > 0 ? winners : passedOver).push(facility);
  }
  const topUp = passedOver.slice(0, evidence.seal.top_up).map((facility) => ({ ...facility, top_up: true }));
  return [...winners, ...topUp].sort(byTicket);
}

function byTicket(left, right) {
  return left.ticket < right.ticket ? -1 : 1;
}

// Teams

function peopleOf(evidence) {
  const able = evidence.inspector_roster.filter((fields) => fields[2] === "in");
  const recused = new Map();
  for (const [facility, inspector] of evidence.recusals) {
    if (!recused.has(facility)) recused.set(facility, new Set());
    recused.get(facility).add(inspector);
  }
  return {
    seed: evidence.seed,
    bureau: evidence.seal.bureau,
    size: evidence.seal.rules.team_size,
    wanted: evidence.seal.rules.qualification,
    known: new Set(evidence.inspector_roster.map((fields) => fields[0])),
    tags: new Map(able.map(([code, tags]) => [code, tags.split(",")])),
    isRecused: (facility, inspector) => recused.has(facility) && recused.get(facility).has(inspector),
  };
}

function fitFor(place, people) {
  const codes = [...people.tags.keys()];
  if (place > 0 || !people.wanted) return codes;
  return codes.filter((code) => people.tags.get(code).includes(people.wanted));
}

async function cards(people, codes, visitOf) {
  const hashes = await hashAll(codes.map((code) => `${people.seed},${code},${visitOf(code)}`));
  return codes.map((code, index) => ({ visit: visitOf(code), card: hashes[index], inspector: code }));
}

function compareCards(left, right) {
  if (left.visit !== right.visit) return left.visit - right.visit;
  return left.card < right.card ? -1 : 1;
}

async function checkTeams(evidence, people) {
  const { teams, winners } = evidence;
  teams.slice(0, winners.length).forEach((team, index) => {
    same(`第 ${index + 1} 个检查组的检查对象`, team.facility, winners[index].code);
  });
  same("检查组的数量", teams.length, winners.length);
  if (evidence.assignment === "drawn") {
    await checkDealt(teams, people);
    return;
  }
  teams.forEach((team, index) => {
    const where = `第 ${index + 1} 个检查组（${show(team.facility)}）`;
    if (team.members.length || evidence.void === null) checkAssigned(team, where, people);
  });
}

function checkAssigned(team, where, people) {
  const codes = team.members.map((member) => member.inspector);
  if (codes.length < people.size) throw new Difference(`${where}：直接选派的检查人员少于规定人数。`);
  team.members.forEach((member, place) => {
    const code = codes[place];
    const seat = `${where}第 ${place + 1} 名检查人员`;
    if (codes.indexOf(code) < place) throw new Difference(`${seat}：${show(code)} 重复。`);
    if (!people.tags.has(code)) throw new Difference(`${seat}：${show(code)} 不在检查人员名册内或不可选派。`);
    if (people.isRecused(team.facility, code)) throw new Difference(`${seat}：${show(code)} 应当回避。`);
    same(`${seat}的序次（visit）`, member.visit, 0);
    same(`${seat}的牌（card）`, member.card, "");
  });
  if (!fitFor(0, people).includes(codes[0])) {
    const fault = `${show(codes[0])} 不具备资格 ${show(people.wanted)}`;
    throw new Difference(`${where}第 1 名检查人员：${fault}。`);
  }
}

async function checkDealt(teams, people) {
  const taken = teams.map(() => new Set());
  const visits = new Map();
  for (let place = 0; place < people.size; place++) {
    const deck = await cards(people, fitFor(place, people), (code) => (visits.get(code) || 0) + 1);
    deck.sort(compareCards);
    for (let index = 0; index < teams.length; index++) {
      const { facility, members } = teams[index];
      const lowest = take(deck, facility, taken[index], people);
      const where = `第 ${index + 1} 个检查组（${show(facility)}）`;
      if (place >= members.length) {
        throw new Difference(`${where}：文件记有 ${members.length} 名检查人员，应为 ${people.size} 名。`);
      }
      sameCard(`${where}第 ${place + 1} 名检查人员`, members[place], members[place].inspector, lowest);
      visits.set(lowest.inspector, lowest.visit);
      taken[index].add(lowest.inspector);
      const [renewed] = await cards(people, [lowest.inspector], () => lowest.visit + 1);
      insert(deck, renewed);
      progress.add("重算检查人员", 1);
    }
  }
  teams.forEach((team, index) => {
    same(`第 ${index + 1} 个检查组（${show(team.facility)}）的人数`, team.members.length, people.size);
  });
}

function take(deck, facility, team, people) {
  const fits = (card) => !team.has(card.inspector) && !people.isRecused(facility, card.inspector);
  const index = deck.findIndex(fits);
  if (index < 0) throw new Difference(`检查对象 ${show(facility)}：没有可派的检查人员。`);
  return deck.splice(index, 1)[0];
}

function insert(deck, card) {
  let [low, high] = [0, deck.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareCards(deck[middle], card) < 0) low = middle + 1;
    else high = middle;
  }
  deck.splice(low, 0, card);
}

function sameCard(seat, recorded, inspector, due) {
  same(seat, inspector, due.inspector);
  same(`${seat}的序次（visit）`, recorded.visit, due.visit);
  same(`${seat}的牌（card）`, recorded.card, due.card);
}

// Substitutions

async function checkSubstitutions(evidence, people) {
  const teams = new Map(evidence.teams.map((team) => [team.facility, team.members.map((one) => one.inspector)]));
  const gone = new Map(evidence.teams.map((team) => [team.facility, new Set()]));
  const held = new Map();
  const count = (code, more) => held.set(code, (held.get(code) || 0) + more);
  for (const members of teams.values()) for (const code of members) count(code, 1);
  let latest = ["抽取时间", evidence.held_at];
  for (const [index, entry] of evidence.substitutions.entries()) {
    const { facility, out } = entry;
    const where = `第 ${index + 1} 次调换`;
    latest = checkRequest(entry, where, teams.get(facility), latest);
    const members = teams.get(facility);
    const place = members.indexOf(out);
    gone.get(facility).add(out);
    const eligible = fitFor(place, people).filter(
      (code) => !gone.get(facility).has(code) && !members.includes(code) && !people.isRecused(facility, code),
    );
    const offered = await cards(people, eligible, (code) => (held.get(code) || 0) + 1);
    checkSubstitute(entry, `${where}换入的检查人员`, offered.sort(compareCards)[0], people);
    members[place] = entry.in;
    count(out, -1);
    count(entry.in, 1);
  }
}

function checkRequest(entry, where, members, latest) {
  if (!members) throw new Difference(`${where}：${show(entry.facility)} 不是中选机构。`);
  if (!members.includes(entry.out)) {
    throw new Difference(`${where}：${show(entry.out)} 此时不是 ${show(entry.facility)} 检查组的成员。`);
  }
  if (!REASONS.includes(entry.reason)) {
    throw new Difference(`${where}：事由 ${show(entry.reason)} 不在规定的四种之内。`);
  }
  const current = [`${where}的批准时间`, entry.approved_at];
  inOrder(latest, current);
  return current;
}

function checkSubstitute(entry, seat, due, people) {
  if (!due) {
    const lent = /^([0-9]{6}):[^]/.exec(entry.in);
    if (people.known.has(entry.in) || !lent || lent[1] === people.bureau) {
      const dueForm = "名册内已无人可派，须为“区划代码:人员代码”形式的借调人员";
      throw new Difference(`${seat}：${dueForm}，文件记为 ${show(entry.in)}。`);
    }
  }
  sameCard(seat, entry, entry.in, due || { visit: 0, card: "", inspector: entry.in });
}
