// title: Find a Room by its name
CREATE INDEX rc2graph_room_name IF NOT EXISTS FOR (x:Room) ON (x.name)
