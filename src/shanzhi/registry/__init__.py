"""人地物事组织: today the places of the street and the gazetteer that finds them in a sentence."""
