from voltape.serve.example import example_of


def test_an_example_is_of_the_kind_that_its_schema_names() -> None:
    """Known fields have likely values, others one of their type; alternatives, lists and references are followed."""
    schemas = {
        "Leaf": {"type": "object", "properties": {"count": {"type": "integer"}, "x": {"type": "boolean"}}}
    }
    schema = {
        "type": "object",
        "properties": {
            "leaf": {"$ref": "#/components/schemas/Leaf"},
            "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
            "maybe": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Leaf"}]},
            "strike": {"type": "string"},
            "version": {"type": "string"},
            "lane": {"enum": [None, "live"]},
            "delta": {"oneOf": [{"type": "number"}, {"type": "null"}]},
            "next_cursor": {"type": ["null", "string"]},
            "nothing": {"type": "null"},
            "range": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]},
        },
    }
    leaf = {"count": 1, "x": False}
    assert example_of(schema, schemas) == {
        "leaf": leaf,
        "leaves": [leaf],
        "maybe": leaf,
        "strike": "text",
        "version": "text",
        "lane": "live",
        "delta": 0.50639883,
        "next_cursor": None,
        "nothing": None,
        "range": [0.5, 0.5],
    }
