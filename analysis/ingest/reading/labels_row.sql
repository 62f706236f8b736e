-- One row per staged table: for each column whether its first row is a word while all others that
-- are filled are numbers or dates (one list), and whether that row has no digit in any cell.
-- Parts: table, looks_numeric one expression per column, cells the list of all of them.
with numbered as (
    select *, row_number() over (order by line) as place from {table} order by line limit 200
)
select
    [{looks_numeric}],
    bool_or(place = 1 and not regexp_matches(concat_ws(' ', {cells}), '\d'))
from numbered
