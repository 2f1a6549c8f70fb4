import asyncio

from voltape.flow.request import request_name


async def test_a_request_is_known_in_its_own_task_only() -> None:
    """Tasks that it starts know it, too; others do not."""
    seen: dict[str, str] = {}

    async def work(name: str) -> None:
        request_name.set(name)
        await asyncio.sleep(0)
        seen[name] = await asyncio.create_task(deeper())

    async def deeper() -> str:
        return request_name.get()

    await asyncio.gather(asyncio.create_task(work("a")), asyncio.create_task(work("b")))
    assert seen == {"a": "a", "b": "b"}
    assert request_name.get() == ""
