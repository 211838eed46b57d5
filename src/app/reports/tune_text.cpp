#include "app/reports/tune_text.hpp"

namespace entente::app {

std::string_view tune_text() {
  return R"text(The ferry to the outer islands leaves at ten past six, and whoever misses it sleeps in the harbour office, on a bench that was made for nets. Ingrid Solheim had missed it twice that spring. The first time a calf had been born the wrong way round; the second time she had simply stood too long at the window of the chemist's, reading the notice about the new doctor. On the third evening she came half an hour early, put her bag under the seat, and fell asleep before the ropes were cast off, so that she saw nothing of the storm which the captain later described to the newspaper.

The captain's account was exact, because he kept a book. Wind from the south-west, force eight, rising to nine after the lighthouse. Two windows broken on the starboard side. One passenger, a teacher of mathematics, held the door of the saloon for twenty minutes and would not be thanked for it. "It was a question of torque," he said, "and I happened to be standing in the right place."

In the morning the sea was flat and the colour of slate. They counted the sheep on the nearest island and found that none were missing. Nobody spoke of it again until the autumn, when the insurance company wrote to ask whether the windows had been of the kind that the regulations demand.

Dear Sir or Madam,

Thank you for your letter of 14 October. The windows in question were fitted in 1987 by the yard that built the vessel. They have been inspected every second year since then, most recently in March, and the certificates are enclosed. We would be grateful if the claim could be settled before the end of the quarter, as the glazier has been waiting for his money since the summer. Should you need further documents, please telephone the office between nine and twelve; in the afternoon there is usually nobody there but the cat.

Yours faithfully,
P. Aune, harbour master

How to bake a plain loaf. Weigh 500 grams of flour, 350 grams of water, 10 grams of salt and 5 grams of dry yeast. Stir the yeast into the water, add the flour, and leave the dough alone for half an hour before you add the salt. Fold it four times, once every thirty minutes. Let it rise until it has grown by half; in a warm kitchen this takes two hours, in a cold one four. Heat the oven to 240 degrees with a pan of water in the bottom. Bake for 15 minutes, take the water out, lower the heat to 210 degrees and bake for 25 minutes more. The loaf is done when it sounds hollow. Do not cut it while it is hot, however good it smells.

Article 4. Whoever keeps records about other persons shall keep no more of them than the purpose requires, shall say on request what is kept, and shall correct without delay what is shown to be wrong. The request need not give reasons. Where a record has been handed to a third party, the keeper shall name that party, unless a court has ordered otherwise. Article 5. A person who has suffered damage by a wrong record may demand that the damage be made good by the keeper; the keeper is free of this duty only by proving that the fault lay with nobody in his house.

Le train de nuit traverse la plaine sans s'arrêter. Dans le couloir, un homme cherche ses lunettes, les trouve dans sa poche, et rit tout seul. Il a vendu sa maison la veille, pour moins qu'elle ne valait, à des gens qui aimaient le jardin. « Le prix, dit-il à la voyageuse d'en face, est une façon de parler. » Elle lui offre une pomme.

Die Werkstatt lag im Hof, hinter zwei Kastanien. Wer etwas reparieren lassen wollte, stellte es auf die Bank neben der Tür und schrieb seinen Namen auf einen Zettel. Am Abend nahm der Meister die Dinge herein, eines nach dem anderen, und sah sie lange an, bevor er sie öffnete. Meistens, sagte er, sei nicht das Teil kaputt, das klappert, sondern das daneben.

def median(numbers):
    """The middle one; of two middle ones, the mean."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2

assert median([3, 1, 2]) == 2
assert median([4, 1, 3, 2]) == 2.5

A patient of 54 years comes with a cough that has lasted three weeks. She does not smoke, has no fever, and began to take a medicine for high blood pressure two months ago. Her lungs are clear, her weight has not changed, and the picture of her chest shows nothing unusual. Before anything else is looked for, the medicine should be changed: a dry cough is a well-known effect of that group of drugs and goes within a few weeks of stopping it. If it has not gone by then, she should come again.

Question: A tank holds 240 litres. One pipe fills it in 8 hours, another empties it in 12 hours. How long does it take to fill the empty tank when both are open? Answer: The first pipe brings 30 litres an hour and the second takes away 20, so 10 litres an hour remain, and the tank is full after 24 hours.

The committee met on Tuesday in the small hall. Present were the chair, the treasurer, four members and, from half past seven, Mr Okafor, whose bus was late. The minutes of the last meeting were read and accepted with one change: the word "unanimously" was struck out, since Mrs Lindqvist had abstained. The treasurer reported that 312 members had paid and 41 had not, and that the roof fund stood at 8,940. It was agreed to ask two more firms for an estimate before anything was signed. Under other business, the question of the piano was raised again and again put off.

What is remembered of a voice is seldom the words. My grandmother used to read to us from a book whose cover was gone, so that for years I did not know its title, nor that anybody else had read it; and when I found it at last, in a library in another country, under a name that I should never have guessed, I could not hear her in it. The sentences were the same. But she had left out, as I now saw, every passage in which somebody was cruel, and had joined the ends so carefully that the story had seemed to us to be whole. It was the better book.
)text";
}

}  // namespace entente::app
