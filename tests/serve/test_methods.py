from voltape.serve.methods import Methods


def test_methods_of_all_routes_of_a_path_are_listed() -> None:
    """In one order, with the question itself; parameters match one part of a path."""
    methods = Methods(
        [("/a/{x:str}", {"PUT"}), ("/a/{y:str}", {"DELETE", "OPTIONS"}), ("/b", {"GET", "HEAD"})]
    )
    assert methods.of("/a/1") == "DELETE, OPTIONS, PUT"
    assert methods.of("/b") == "GET, HEAD, OPTIONS"
    assert methods.of("/a/1/2") == methods.of("/a") == methods.of("/c") == methods.of("/bb") == ""
