"""Companies and rosters in the database: rows in generations, and the switch that makes them visible."""
