from voltape.model.figures import COMPARED, METRICS, Figures


def test_every_figure_is_shown_under_a_label_of_its_own() -> None:
    """In the order of the structure."""
    assert tuple(metric.name for metric in METRICS) == Figures.__struct_fields__
    assert len({(metric.label, metric.unit) for metric in METRICS}) == len(METRICS)


def test_only_figures_of_which_less_is_better_are_compared() -> None:
    """More accuracy is no loss, and the load is no merit."""
    assert set(Figures.__struct_fields__) - set(COMPARED) == {"accuracy_percent", "messages_second"}


def test_what_was_not_measured_is_absent() -> None:
    """Never zero."""
    assert {getattr(Figures(), name) for name in Figures.__struct_fields__} == {None}
