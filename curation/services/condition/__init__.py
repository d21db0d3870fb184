"""The condition of sheets: whole collections screened by models of tiles and of whole sheets."""
