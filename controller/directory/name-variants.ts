/**
 * Other ways in which a word of a name is written down by somebody who only heard it: short names, given names that are
 * not spelt as they sound, and the letters of other languages. Knows no directory.
 */

/** Each line is one name: the first word, and what people write or say for it. */
const lines = `
abigail abby abbie gail
agnieszka agneshka agnes
alexander alex sasha sandy
alexandra alex sandra sasha
amanda mandy
andrew andy drew
anthony tony
aoife eefa eefe ifa
barbara barb barbie
benjamin ben benny
bernadette bernie
caoimhe keeva kweeva queeva
catherine cathy kate katie cath
charles charlie chuck
charlotte charlie lottie
christina chris tina
christine chris chrissie
christopher chris
daniel dan danny
david dave davy
deborah debbie deb
dominic dom
donald don donnie
edward ed eddie ted
eleanor ellie nell
elizabeth liz beth lizzie eliza betty
emily em
eoin owen
eugene gene
frances fran
francesca fran
francis frank
frederick fred freddie
gabriel gabe
geoffrey jeff geoff
gerald gerry jerry
gerard gerry
graham gram graeme gray
gregory greg
grzegorz gzhegosh gregor
henry harry hank
ian iain
isabella bella izzy
jacob jake
jacqueline jackie
jacques jack
james jim jimmy jamie
jennifer jen jenny
jeremy jerry
jessica jess jessie
joaquin wakeen hwakeen
jonathan jon jonny
jorge horhay horhe
jose hosay hoseh
joseph joe joey
joshua josh
juan hwan wan
judith judy
katherine kathy kate katie
kathryn kathy kate katie
kenneth ken kenny
kimberly kim
lawrence larry
leonard len lenny
louis lewis louie
lukasz wookash lucas
madeleine maddie
margaret maggie meg peggy marge
matthew matt
matthias matt
michael mike mick mickey
michelle shelly
mohamed mohammed muhammad mohammad mo
mohammed mohamed muhammad mohammad mo
nathaniel nate nathan
nguyen nwin win gwen
niamh neve neave neev nieve
nicholas nick nicky
nicole nicky
nikolaus klaus nick
oisin osheen usheen
olivia liv livvy
oluwaseun seun
padraig porrick pawdrig
pamela pam
patricia pat trish tricia
patrick pat paddy
penelope penny
peter pete
philip phil
philippa pippa
rachel rach
raymond ray
rebecca becky becca
rhys reese reece rees
richard rick dick ricky rich
robert bob rob bobby robbie
roderick rod
ronald ron ronnie
roisin rosheen
samantha sam sammy
samuel sam sammy
saoirse sersha seersha searsha
sean shaun shawn
siobhan shivon shivaun shavon chevonne sivan shivawn
sinead shinade shinaid
stephanie steph stephie
stephen steve
steven steve
stuart stu
susan sue susie
tadhg tige tiger
terence terry
theodore ted theo
theresa terry tess
thomas tom tommy
timothy tim timmy
tomasz tomash
valerie val
victoria vicky vick
vincent vince vinny
wilhelmina minnie
william bill will billy
wojciech voytek
xavier zavier havier
yvonne evon
zachary zack
zbigniew zbig
featherstonehaugh fanshaw
cholmondeley chumley
beauchamp beecham
`;

const variants = new Map<string, string[]>(
  lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...others] = line.split(' ');
      return [name, others];
    }),
);

type Sounds = readonly (readonly [RegExp, string])[];
/** Letters of other languages as somebody who writes English would put down their sound; one list is one language's. */
const byEar: readonly Sounds[] = [
  // Polish, Czech, German, Croatian
  [
    [/sz/g, 'sh'],
    [/cz/g, 'ch'],
    [/rz/g, 'zh'],
    [/w(?!h)/g, 'v'],
    [/^j|(?<=[aeiou])j(?=[aeiou])/g, 'y'],
    [/(?<=i)c$/g, 'ch'],
  ],
  // French
  [
    [/eaux?/g, 'o'],
    [/(?:aux|ault)$/g, 'o'],
    [/oi[xst]?$/g, 'wa'],
    [/oi/g, 'wa'],
    [/ch/g, 'sh'],
  ],
  // Spanish, Portuguese
  [
    [/ll/g, 'y'],
    [/x/g, 'sh'],
    [/j/g, 'h'],
  ],
];

/** How `word` (folded) may be written instead, never `word` itself. */
export const variantsOf = (word: string): string[] => {
  const ways = new Set(variants.get(word));
  if (word.length >= 5)
    for (const sounds of byEar)
      ways.add(sounds.reduce((text, [letters, sound]) => text.replace(letters, sound), word));
  ways.delete(word);
  return [...ways].filter((way) => way.length >= 3 || variants.get(word)?.includes(way) === true);
};
