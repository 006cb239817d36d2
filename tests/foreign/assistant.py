"""An assistant that was not written by us: the Model Context Protocol's own client for Python.

    python assistant.py ADDRESS TOKEN MODE < calls.json

Reads a list of calls, each a tool's name and its arguments, and writes what the client made of the
server and of the answers, as one JSON object. Whether that is right, the test judges.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client


async def main(address, token, mode):
    calls = json.load(sys.stdin)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
        transport = streamable_http_client(f"http://{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            tools = (await client.list_tools()).tools
            answers = [await call(client, tool, arguments) for tool, arguments in calls]
            return {
                "server": client.server_info.name,
                "protocol": client.protocol_version,
                "tools": [tool.name for tool in tools],
                "answers": answers,
            }


async def call(client, tool, arguments):
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as error:
        return {"error": error.error.code, "message": error.error.message}
    return {
        "is_error": result.is_error,
        "text": [block.text for block in result.content],
        "structured": result.structured_content,
    }


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
