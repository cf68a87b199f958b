/**
 * Words around a request that name nobody: greetings, verbs of asking, articles; in English and German. A filler that the
 * directory has as a word of a name still counts there. Keys as `foldKeys` makes them. Knows no directory.
 */
const english = `hi hello hey good morning afternoon evening day yes yeah um uh er erm ah well so ok okay please thanks thank cheers
   can could may might would will should shall do does did is are am be was im id ill ive its it i me my mine we us our you your
   to with for from on at by about the a an of in this that there here
   put putting through transfer connect connecting forward patch pass get getting give hook call calling ring phone dial reach
   speak speaking talk talking chat see find want wanted wanting wish like love need make looking look trying try have having got had
   think guess believe suppose appointment today
   no nope not dont know
   word quick moment someone somebody anyone anybody one person man woman lady gentleman guy whoever who just over up back now
   hope hoping hoped wonder wondering available returning around chance missed minute ago hold rather urgent mind sorry
   transferring putting told ask asked digit digits
   again if possible extension ext number line desk office department dept team`;

const german = `hallo guten gute tag morgen abend moin servus grussgott grussen ja nein nee ah ahm also bitte danke dankeschon
   kann konnte konnten konnen darf durfte wurde wurden mochte mochten will wollte wollen hatte hatten habe haben hab muss musste
   ist sind bin war ware gibt geben geb es ich mich mir wir uns mein meine sie ihnen ihre ihr er
   verbinden verbinde verbindung durchstellen stellen stell durch weiterleiten weiterverbinden anrufen rufen erreichen sprechen
   reden suche suchen brauche brauchen holen termin
   mit zu zum zur fur von vom beim bei im am in an aus auf der die das den dem des ein eine einen einem einer
   einmal bitteschon gesprochen schon haus rufe frage eigentlich vielleicht zufallig
   jemand jemanden jemandem person mal noch gern gerne da heute gerade kurz nur doch etwas uber wegen
   durchwahl nummer apparat nebenstelle buro abteilung team`;

export const fillers: ReadonlySet<string> = new Set(
  `${english} ${german}`.split(/\s+/).filter((word) => word !== ''),
);
