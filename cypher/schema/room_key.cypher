// title: One Room for each id of a workspace
CREATE CONSTRAINT rc2graph_room_key IF NOT EXISTS FOR (x:Room) REQUIRE (x.workspace, x.id) IS UNIQUE
