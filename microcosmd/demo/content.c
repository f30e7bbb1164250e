#include "content.h"

const char demo_site_title[] = "Tilbury Lane Growers";
const char demo_site_description[] =
    "Forty-two plots between the railway and the river, and the people who dig them. Beginners are "
    "welcome, and so is surplus rhubarb.";

const demo_person demo_people[DEMO_PEOPLE] = {
    [HANNEKE] =
        {"owner@example.org", "Hanneke",
         "Plot 3. Secretary, which means I have the keys and the *waiting list*. Grows mostly "
         "beans and sweet peas."},
    [STAN] = {"stan@example.org", "OldStan", "Plot 1 since 1979. Leeks, onions, opinions."},
    [PRIYA] =
        {"priya@example.org", "Priya",
         "Plot 22, with two small helpers. Anything that can be eaten straight from the plant."},
    [KOFI] = {"kofi@example.org", "Kofi",
              "Plot 9 and half of 10. Chillies, tomatoes, and a greenhouse made of old windows."},
    [MIREILLE] = {"mireille@example.org", "Mireille",
                  "Plot 31. Fruit trees, and what to do with the fruit."},
    [TOMASZ] = {"tomasz@example.org", "Tomasz", NULL},
    [JO] = {"jo@example.org", "Jo_plot17", "Plot 17. Year two. Learning by getting it wrong."},
    [LENA] = {"lena@example.org", "Lena", NULL},
};

const demo_microcosm demo_microcosms[DEMO_MICROCOSMS] = {
    [NOTICEBOARD] = {DEMO_ROOT, "The noticeboard", "Dates, decisions, keys and gates."},
    [GROWING] = {DEMO_ROOT, "Growing", "Everything that comes out of the ground, or ought to."},
    [VEGETABLES] = {GROWING, "Vegetables", "From artichokes to yellow beetroot."},
    [FRUIT] = {GROWING, "Fruit and nuts",
               "Trees, bushes and canes; pruning questions are always in season."},
    [TROUBLES] = {GROWING, "Pests and troubles",
                  "What is eating it, what is killing it, and whether it matters."},
    [SHEDS] = {DEMO_ROOT, "Sheds, tools and water",
               "The shared shredder, the taps, and things made from pallets."},
    [SWAPS] = {DEMO_ROOT, "Swaps and gifts",
               "Seeds, seedlings, pots and gluts. No money changes hands here."},
    [KITCHEN] = {DEMO_ROOT, "The kitchen table",
                 "Recipes, jars, and whatever else is on your mind."},
};

static const demo_comment welcome[] = {
    {HANNEKE, 0,
     "Hello, and welcome to our corner of the web. It replaces the board by the gate, which the "
     "rain has replaced several times already.\n\n"
     "To begin with, tell us **which plot** you have and **one thing you grow**. It helps new "
     "people "
     "to know whom to ask.\n\n"
     "A few house rules:\n\n"
     "1. Be kind.\n"
     "2. Close the gate.\n"
     "3. See rule 2."},
    {STAN, 0, "Plot 1. Leeks. I have been here longer than the gate."},
    {KOFI, 0, "Plot 9, plus the half of 10 that nobody wanted because of the bindweed. Chillies!"},
    {PRIYA, 0,
     "Plot 22, next to the apple trees. Peas, because my two eat them before they reach the "
     "bucket."},
    {JO, 0,
     "Plot 17, second year. Last year I grew an excellent crop of couch grass. This year I hope "
     "for "
     "something on top of it."},
    {STAN, 5,
     "Couch grass is only a matter of patience. Come over when you see me, I'll lend you the long "
     "fork."},
    {MIREILLE, 0,
     "Plot 31 with the quinces. Please ask before you prune anything, I *like* to be asked."},
    {LENA, 0, "On the waiting list, number four! Hanneke said I may read along until then. :)"},
    {HANNEKE, 8,
     "You may do more than read. @OldStan is looking for somebody to share the watering in "
     "August."},
    {TOMASZ, 0,
     "Plot 40, at the far end by the river. If the water is up to the shed again I will let you "
     "know."},
    {0, 0, NULL},
};

static const demo_comment minutes[] = {
    {HANNEKE, 0,
     "Short minutes of the spring meeting, for those who were at the other spring meeting in the "
     "pub.\n\n"
     "| Point | Decided |\n"
     "|---|---|\n"
     "| Rent | unchanged |\n"
     "| Bonfires | only in November, and never on Sundays |\n"
     "| Top tap | to be mended, see the other conversation |\n"
     "| Hedge | cut after nesting, not before |\n\n"
     "Twenty-three people came, and one dog."},
    {TOMASZ, 0, "Was the lower path talked about? It is a stream again."},
    {HANNEKE, 2,
     "It was. There are woodchips coming on Thursday, from the council, for nothing. Bring a "
     "wheelbarrow at ten and you can have a path by noon."},
    {TOMASZ, 3, "Thursday, ten, wheelbarrow. I'll be there with two."},
    {0, 0, NULL},
};

static const demo_comment tomatoes[] = {
    {KOFI, 0,
     "I'm planning the sowing and would like to learn from last summer. Which of your tomatoes "
     "lived through the blight, and which were brown by August?\n\n"
     "Mine, outdoors:\n\n"
     "| Variety | Sown | First ripe | Blight |\n"
     "|---|---|---|---|\n"
     "| Crimson Crush | 12 March | 20 July | hardly any |\n"
     "| Gardener's Delight | 12 March | 14 July | gone by 18 August |\n"
     "| San Marzano | 1 March | never | gone by 10 August |"},
    {PRIYA, 0,
     "Sungold, in pots against the shed. They got it last of all, perhaps because the roof keeps "
     "the rain off."},
    {STAN, 0, "Ailsa Craig under glass. Always Ailsa Craig. Never outdoors, not in this valley."},
    {KOFI, 3, "Not everybody has glass, Stan!"},
    {STAN, 4, "You have *windows*. I saw you carry them in."},
    {MIREILLE, 0,
     "It is the wet leaf that matters. Take the lower leaves off, water the ground and not the "
     "plant, and leave room between them. I put them 80 cm apart and lost one in ten."},
    {JO, 0, "80 cm! I had six in the space of one, then. That explains the jungle."},
    {TOMASZ, 0,
     "By the river everything gets it. I gave up tomatoes and grow beans on that side. What I read "
     "about the weather rule (two nights above 10 degrees, with ten hours of wet leaf) was right "
     "three times out of three: https://www.example.org/blight-watch"},
    {KOFI, 8, "That's useful, thanks. I'll write the warnings up here when I see one coming."},
    {LENA, 0, "Is there any that suits a balcony? I'd like to start while I wait for a plot."},
    {PRIYA, 10,
     "Tumbling Tom in a hanging basket. Feed it every week once it flowers, and it won't stop."},
    {KOFI, 10,
     "I'll have seedlings left over in May. One Tumbling Tom and one Sungold for you, Lena."},
    {LENA, 12, "You are all far too nice. I'll bring cake."},
    {STAN, 0, "Cake is accepted on plot 1 as well."},
    {MIREILLE, 0,
     "So, to sum up: Crimson Crush outdoors, Sungold against a wall, and Ailsa Craig for those who "
     "live under glass."},
    {KOFI, 15, "Agreed. I'm sowing on the 10th of March, on the windowsill, whatever Stan says."},
    {0, 0, NULL},
};

static const demo_comment garlic[] = {
    {JO, 0, "A simple question, I hope: does garlic go in before winter or after it?"},
    {STAN, 0,
     "Before. Shortest day in, longest day out. That's the old rule and it's the right one."},
    {MIREILLE, 2,
     "Nearly. *In* by the end of November, while the ground still has some warmth. It wants a "
     "month of cold to split into cloves."},
    {JO, 3, "And if I forget?"},
    {MIREILLE, 4,
     "Then plant in February and enjoy one round bulb, like a small onion. It tastes the same."},
    {TOMASZ, 0, "On wet ground make a ridge. Mine rotted twice before I learned that."},
    {JO, 0, "Ridges, November, a month of cold. Written on the shed door. Thank you!"},
    {0, 0, NULL},
};

static const demo_comment pear[] = {
    {MIREILLE, 0,
     "The old pear by the railway fence flowered on two branches only. It is at least ninety years "
     "old and on nobody's plot, so on everybody's.\n\n"
     "I'd like to take three things off it this winter:\n\n"
     "- the dead limb over the path,\n"
     "- the two branches that rub against each other,\n"
     "- the ivy, up to shoulder height.\n\n"
     "Does anybody mind?"},
    {HANNEKE, 0,
     "Not in the least. I'll ask the railway about their side of the fence, so please wait until "
     "I've heard from them."},
    {STAN, 0,
     "That's a Catillac, a cooking pear. Hard as a stone until you've stewed it for four hours. My "
     "mother did them in cider."},
    {PRIYA, 3, "Four hours! With cinnamon?"},
    {STAN, 4, "Cloves. And you don't lift the lid."},
    {MIREILLE, 0,
     "I could graft a few scions from it in March, then it lives on even if the storm takes it. "
     "Who has room for a pear?"},
    {TOMASZ, 6, "I have, far from the river. Room for two."},
    {LENA, 6, "If I have a plot by then: me."},
    {HANNEKE, 0, "The railway says *yes, with pleasure*, and would like a jar."},
    {0, 0, NULL},
};

static const demo_comment brassicas[] = {
    {JO, 0,
     "Help. On Sunday I had twelve kale plants, today I have twelve green skeletons. There are "
     "small "
     "green caterpillars, and some stripy ones in groups. What is it, and is it too late?"},
    {PRIYA, 0,
     "Stripy in groups is the large white, green and alone is the small white. Cabbage "
     "butterflies, both of them."},
    {STAN, 0, "Thumb and finger. Every evening, both sides of the leaf."},
    {JO, 3, "I was afraid you would say that."},
    {KOFI, 0,
     "Not too late. Kale comes back if the heart is left. Pick them off, water well, then cover "
     "it:\n\n"
     "- hoops from old water pipe,\n"
     "- netting with holes of **7 mm or less**,\n"
     "- bricks all round, since they walk in under the edge.\n\n"
     "The net must not touch the leaves, or they lay their eggs through it."},
    {MIREILLE, 5, "And put it on *before* you see butterflies. By then they've seen you."},
    {LENA, 0, "Do nasturtiums help? I read that they draw them away."},
    {PRIYA, 7, "They draw them *here*. Then they eat the nasturtiums, and after that the kale."},
    {TOMASZ, 0, "I plant one row for them and one for me. They haven't kept to it so far."},
    {JO, 0,
     "Sixty-one caterpillars. The robin took most of them out of my hand. The net comes tomorrow."},
    {STAN, 10, "A robin on your hand is worth a row of kale."},
    {KOFI, 0,
     "There's a roll of netting in my shed that I don't need this year, Jo. Left of the door."},
    {JO, 12, "Found it, hoops are up, bricks all round. It looks like a very small airport."},
    {JO, 0, "Three weeks later: new leaves on eleven of the twelve! Thank you, all of you."},
    {0, 0, NULL},
};

static const demo_comment slugs[] = {
    {PRIYA, 0,
     "It's that time again. What do *you* do about slugs, that works and doesn't hurt the "
     "hedgehog?"},
    {STAN, 0, "Torch, bucket, ten o'clock at night."},
    {MIREILLE, 0,
     "I water in the morning instead of the evening. That alone halves them, as they don't like to "
     "walk on dry ground."},
    {TOMASZ, 0,
     "Half a grapefruit, upside down. In the morning you lift it up and there's the whole family."},
    {KOFI, 4, "And then?"},
    {TOMASZ, 5, "Then they move to the compost heap, where they may eat as much as they like."},
    {LENA, 0, "My grandmother swore by beer."},
    {STAN, 7, "A waste."},
    {JO, 0,
     "Last year I tried one thing on each row, all with lettuce:\n\n"
     "```\n"
     "row  against slugs     lettuces left of 10\n"
     "1    nothing                 1\n"
     "2    egg shells              2\n"
     "3    copper tape             6\n"
     "4    coffee grounds          1\n"
     "5    a board to hide under   8   (turned over each morning)\n"
     "```\n\n"
     "One summer, ten lettuces a row: not quite science, but I know what I'll do."},
    {PRIYA, 9, "That is the best answer anybody has ever given to this question. A board it is."},
    {MIREILLE, 9, "And eggs go into the cake, then, and not on the bed."},
    {0, 0, NULL},
};

static const demo_comment tap[] = {
    {TOMASZ, 0,
     "The tap at the top gate drips. About a bucket in an hour, so some 24 buckets a day, and we "
     "pay for it."},
    {HANNEKE, 0,
     "I know, and the council will come \"in due course\". Does anybody here understand taps?"},
    {KOFI, 0,
     "It needs a washer, half an inch. It's ten minutes of work once the water is off. But where "
     "does one turn it off?"},
    {STAN, 3,
     "Under the iron plate by the oak, two steps towards the road. Turn it slowly, it's older than "
     "you are."},
    {KOFI, 0,
     "Done, but not the way I thought: the seat was worn too, so I ground it flat. Parts:\n\n"
     "- 1 washer, 1/2 inch\n"
     "- 1 packing ring\n"
     "- PTFE tape\n\n"
     "~~No drip at all.~~ One drip a minute. I'll have another look on Saturday."},
    {HANNEKE, 5, "Kofi, you're a hero. Give me the receipt and the rhubarb is on me."},
    {KOFI, 0, "Saturday: no drip. For real this time."},
    {PRIYA, 0,
     "My two stood there and watched for ten minutes to be quite sure. They say it's true."},
    {0, 0, NULL},
};

static const demo_comment shredder[] = {
    {HANNEKE, 0,
     "The shredder is back from repair. So that it lasts until autumn, a rota:\n\n"
     "```\n"
     "week 1   plots  1-10\n"
     "week 2   plots 11-20\n"
     "week 3   plots 21-30\n"
     "week 4   plots 31-42\n"
     "```\n\n"
     "Nothing thicker than a thumb, **no bindweed**, and no string. The string is why it was "
     "away."},
    {STAN, 0, "Whose thumb?"},
    {HANNEKE, 2, "Mine."},
    {MIREILLE, 0, "May I have week 3 for the pear, and @Priya takes week 4?"},
    {PRIYA, 4, "Fine by me. I only have raspberry canes."},
    {0, 0, NULL},
};

static const demo_comment seeds[] = {
    {PRIYA, 0,
     "Let's make a list, so that we don't all bring the same courgettes to the #seedswap. Write "
     "what "
     "you **offer** and what you **look for**.\n\n"
     "*Offer:* sugar snap peas, borage, calendula (far too much calendula)\n\n"
     "*Look for:* a climbing bean with red flowers"},
    {HANNEKE, 0,
     "*Offer:* runner bean *Painted Lady*, saved here for eleven years.\n\n*Look for:* sweet peas "
     "that smell."},
    {PRIYA, 2, "Red **and** white flowers, even better. Please keep twenty for me!"},
    {KOFI, 0,
     "*Offer:* chillies, five kinds, from *a child may eat this* to *no*.\n\n*Look for:* okra. "
     "Yes, I know."},
    {STAN, 0,
     "*Offer:* leek seed, my own. Don't ask for the name, it hasn't got one.\n\n*Look for:* "
     "nothing."},
    {MIREILLE, 0,
     "*Offer:* scions of quince and pear (in February), rhubarb crowns.\n\n*Look for:* a home for "
     "the rhubarb."},
    {TOMASZ, 0, "*Offer:* borlotti beans, poppies.\n\n*Look for:* anything that likes wet feet."},
    {MIREILLE, 7, "Rhubarb likes wet feet."},
    {TOMASZ, 8, "I walked into that one."},
    {LENA, 0,
     "*Offer:* envelopes. I have two hundred of them from an office that closed.\n\n*Look for:* "
     "one of everything, small."},
    {JO, 0,
     "*Offer:* couch grass (joke). Sunflowers, 3 m, not a joke.\n\n*Look for:* leeks without a "
     "name."},
    {STAN, 11, "You may have some."},
    {0, 0, NULL},
};

static const demo_comment pallets[] = {
    {TOMASZ, 0,
     "Two pallets (clean, heat treated) and a cast iron bathtub. The tub holds water and weighs as "
     "much as a horse. Plot 40, take what you can carry."},
    {KOFI, 0, "The pallets please! They'll be the back wall of the second greenhouse."},
    {TOMASZ, 2, "They're yours. Nobody for the bath?"},
    {PRIYA, 0, "A pond! Frogs against slugs! How do we move it?"},
    {STAN, 4, "Four people and two scaffold poles. I have the poles."},
    {JO, 0, "I'm one of the four. Saturday after the tap?"},
    {PRIYA, 0,
     "It's in, it's full, and there was a dragonfly on it before we'd finished our tea. Thank "
     "you!!"},
    {0, 0, NULL},
};

static const demo_comment courgettes[] = {
    {JO, 0,
     "I was away for nine days. I now have eleven kilos of courgettes, and one of them has a face. "
     "What do I do?"},
    {STAN, 0, "Pick them when they're small."},
    {JO, 2, "Thank you, Stan."},
    {PRIYA, 0,
     "Fritters: grate, salt, wring out in a tea towel, an egg, flour, feta, mint. My two eat them "
     "and don't know what's in them."},
    {MIREILLE, 0,
     "For one kilo, as my aunt made it:\n\n"
     "> 1 kg courgettes in thin slices\n"
     "> 4 cloves of garlic\n"
     "> half a glass of olive oil\n"
     "> a handful of basil\n\n"
     "On the lowest heat for *an hour*, until it is jam. With bread, with pasta, with a spoon."},
    {KOFI, 5, "I made that once instead of dinner and regret nothing."},
    {HANNEKE, 0,
     "Cake. You can't taste it, and it keeps for a week:\n\n- 250 g courgette, grated\n- 3 eggs\n- "
     "150 g sugar\n- 1 dl oil\n- 225 g flour, baking powder\n- lemon, zest and juice\n\n180 "
     "degrees, 45 minutes."},
    {JO, 0, "That's three kilos accounted for. Eight to go."},
    {TOMASZ, 0, "Pickles! With mustard seed and turmeric, they're good from the third week on."},
    {JO, 9, "How sharp?"},
    {TOMASZ, 10,
     "One part vinegar to one part water, and two spoons of sugar. My mother says that two are too "
     "many, and takes three."},
    {LENA, 0, "I'd take two kilos. I have no plot and a large pot."},
    {JO, 12, "They're yours. They're *so* yours. I'm at the gate at six."},
    {STAN, 0,
     "There's a shelf by the gate for such things. When I started we called it the shelf of "
     "shame."},
    {PRIYA, 14, "We should paint that on it."},
    {KOFI, 0,
     "Dried, in slices of 5 mm, on a rack above the stove. They come back to life in a soup in "
     "January."},
    {MIREILLE, 0,
     "And the flowers! Stuffed with ricotta, one minute in the pan. If you pick the male ones you "
     "also get no more courgettes. Well, fewer."},
    {JO, 17, "There are *male ones*?"},
    {MIREILLE, 18, "Thin stem, no small courgette behind it. Leave a few for the bees."},
    {JO, 0,
     "The state of things: 3 kg into jam and cake, 2 kg to Lena, 2 kg pickled, 1 kg fritters. "
     "Three left, and the one with the face."},
    {HANNEKE, 20, "What will become of the one with the face?"},
    {JO, 21, "He's on the shelf of shame, with a hat."},
    {LENA, 0,
     "I saw him! I made soup out of everything else: "
     "https://www.example.com/recipes/courgette-soup is the one I used, with more garlic."},
    {PRIYA, 0, "My two would like to know his name."},
    {JO, 24, "Stan."},
    {STAN, 25, "I've been called worse."},
    {0, 0, NULL},
};

static const demo_comment visibilities[] = {
    {LENA, 0,
     "As I can't garden yet, I go for walks. What was the best thing you saw on your plot this "
     "week? One sentence is enough."},
    {TOMASZ, 0, "A kingfisher, on the handle of my spade, for as long as it takes to breathe in."},
    {PRIYA, 0, "The first pea flower, and somebody small saying *good morning* to it."},
    {KOFI, 0, "My own tomatoes in somebody else's sandwich."},
    {STAN, 0, "Frost on the leeks at six in the morning, and nobody about."},
    {MIREILLE, 5, "Stan! That's nearly a poem."},
    {0, 0, NULL},
};

/* Oldest first: the last one has the newest activity. */
const demo_talk demo_conversations[] = {
    {NOTICEBOARD, HANNEKE, "Welcome! Which plot is yours?", welcome},
    {VEGETABLES, JO, "Garlic: before winter or after?", garlic},
    {VEGETABLES, KOFI, "Tomatoes: which ones got through last summer?", tomatoes},
    {FRUIT, MIREILLE, "The old pear by the railway fence", pear},
    {SHEDS, HANNEKE, "A rota for the shredder", shredder},
    {TROUBLES, JO, "Something has eaten my kale", brassicas},
    {SHEDS, TOMASZ, "The tap at the top gate drips", tap},
    {SWAPS, TOMASZ, "Free: two pallets and a bathtub", pallets},
    {SWAPS, PRIYA, "Seed swap: what have you got, what would you like?", seeds},
    {KITCHEN, JO, "Eleven kilos of courgettes", courgettes},
    {TROUBLES, PRIYA, "Slugs, again", slugs},
    {NOTICEBOARD, HANNEKE, "Minutes of the spring meeting", minutes},
    {KITCHEN, LENA, "The best thing you saw this week", visibilities},
};

const size_t demo_conversation_count = sizeof(demo_conversations) / sizeof(demo_conversations[0]);

static const demo_comment swap_day[] = {
    {PRIYA, 0,
     "The seed swap itself: tables from ten, tea from half past. Bring envelopes and a pen, and "
     "write the **year** on what you bring."},
    {LENA, 0, "I'm bringing the envelopes. All of them."},
    {KOFI, 0, "Gloves on for the chillies, please. We all remember last time."},
    {0, 0, NULL},
};

static const demo_comment tree_vote[] = {
    {HANNEKE, 0,
     "There is money for **one** tree by the gate. It should bear fruit, stand wind, and forgive "
     "us. What shall it be?"},
    {MIREILLE, 0, "A medlar. Nobody steals medlars."},
    {STAN, 2, "Nobody eats them either."},
    {TOMASZ, 0, "Mulberry. We won't see it fruit, but somebody will."},
    {0, 0, NULL},
};

const demo_talk demo_event = {SWAPS, PRIYA, "Seed swap in the hut", swap_day};
const char demo_event_place[] = "The hut by the top gate, Tilbury Lane";

const demo_talk demo_poll = {NOTICEBOARD, HANNEKE, "A tree for the gate", tree_vote};
const char demo_poll_question[] = "Which tree shall we plant by the top gate in November?";
const char *const demo_poll_choices[4] = {"Medlar", "Mulberry", "Quince", "Walnut"};
