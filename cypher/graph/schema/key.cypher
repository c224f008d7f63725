// title: One <Label> for each id of a workspace
// each: node with a key
CREATE CONSTRAINT rc2graph_<label>_key IF NOT EXISTS FOR (x:<Label>) REQUIRE (x.workspace, x.id) IS UNIQUE
