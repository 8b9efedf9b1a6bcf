# Who holds the loss: easy and hard negatives, easy and hard positives, as parts of a bar of 100%.
#
# Columns of `data`: loss (a text, as "CE"; up to 6, in the same order everywhere), quantity (a text:
# "examples", "loss", "gradient": a panel each, in order of appearance), easy negatives, hard
# negatives, easy positives, hard positives (shares, 0 to 1). Texts: title, note (as "easy: p_t > .6").
