"""Pages of the site that are made from the code when the site is built, so that they can't be out of date."""
