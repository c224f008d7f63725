// title: Find a <Label> by its <found by>
// each: node with an index
CREATE INDEX rc2graph_<label>_<found by> IF NOT EXISTS FOR (x:<Label>) ON (x.<found by>)
