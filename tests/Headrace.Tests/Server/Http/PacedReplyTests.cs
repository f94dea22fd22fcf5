using System.IO.Pipelines;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Tests that the reply to a client that does not read it uses memory for only one piece at a time, not for the whole
/// reply.
/// </summary>
public sealed class PacedReplyTests
{
    private static readonly string Text = new('x', 1_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_creates_no_more_items_than_its_client_has_read_and_two_pieces()
    {
        const int Items = 10_000;
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PacedWriting.PieceBytes));
        var context = new DefaultHttpContext { Response = { Body = pipe.Writer.AsStream() } };
        var created = 0;
        var list = new JsonListReply<string>(
            Enumerable
                .Range(0, Items)
                .Select(_ =>
                {
                    created++;
                    return Text;
                }),
            HeadraceJson.Default.String
        );

        var writing = list.ExecuteAsync(context);

        // The pipe has paused the writer, so no further item can be created until the client reads.
        Assert.False(writing.IsCompleted);
        Assert.InRange(created, 1, 2 * PacedWriting.PieceBytes / Text.Length);

        var read = await ReadAllAsync(pipe, writing);
        Assert.Equal(Items, created);
        Assert.Equal((Items * (Text.Length + 3L)) + 1, read);
    }

    [Fact]
    public async Task Large_content_is_written_in_pieces()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PacedWriting.PieceBytes));
        var context = new DefaultHttpContext { Response = { Body = pipe.Writer.AsStream() } };

        var writing = context.Response.WritePacedAsync(new byte[1_000_000], Token);

        Assert.False(writing.IsCompleted);
        Assert.True(pipe.Reader.TryRead(out var buffered));
        Assert.Equal(PacedWriting.PieceBytes, buffered.Buffer.Length);
        pipe.Reader.AdvanceTo(buffered.Buffer.Start);
        Assert.Equal(1_000_000, await ReadAllAsync(pipe, writing));
    }

    [Fact]
    public async Task A_short_list_has_a_content_length()
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };

        await new JsonListReply<string>([Text, Text], HeadraceJson.Default.String).ExecuteAsync(context);

        Assert.Equal(body.Length, context.Response.ContentLength);
    }

    private static async Task<long> ReadAllAsync(Pipe pipe, Task writing)
    {
        var read = 0L;
        var completed = writing.ContinueWith(_ => pipe.Writer.Complete(), TaskScheduler.Default);
        ReadResult result;
        do
        {
            result = await pipe.Reader.ReadAsync(Token);
            read += result.Buffer.Length;
            pipe.Reader.AdvanceTo(result.Buffer.End);
        } while (!result.IsCompleted);
        await completed;
        await writing;
        return read;
    }
}
