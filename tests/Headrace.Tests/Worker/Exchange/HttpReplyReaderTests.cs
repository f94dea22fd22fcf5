using System.Text;
using Headrace.Tests.Support;
using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

public sealed class HttpReplyReaderTests
{
    /// <summary>A stream that returns only a few bytes at a time, as a slow network does.</summary>
    private sealed class Trickle(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, most));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
    }

    private static HttpReplyReader Reader(string reply, int most = int.MaxValue) =>
        new(new Trickle(Encoding.Latin1.GetBytes(reply), most));

    private static string Text(HttpReply reply) => Encoding.Latin1.GetString(reply.Body);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "", "hello", true)]
    [InlineData("HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", 200, "", "hello", true)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 0\n\n", 200, "", "", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "", "", false)]
    [InlineData(
        "HTTP/1.1 503 No\r\nContent-Type: Application/Problem+JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
        503,
        "application/problem+json",
        "{}",
        true
    )]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: Close\r\n\r\nx", 200, "", "x", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "", "x", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "", "until the end", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "", "x", true)]
    [InlineData(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;name=value\r\n"
            + ", chunks!!\r\n0\r\nX: y\r\n\r\n",
        200,
        "",
        "hello, chunks!!",
        true
    )]
    public void A_reply_is_read_however_its_bytes_arrive(
        string bytes,
        int status,
        string type,
        string body,
        bool keepAlive
    )
    {
        foreach (var most in (int[])[1, 2, 7, int.MaxValue])
        {
            var reply = Reader(bytes, most).Read();

            Assert.Equal(
                (status, type, body, keepAlive),
                (reply.Status, reply.MediaType, Text(reply), reply.KeepAlive)
            );
        }
    }

    [Fact]
    public void Two_replies_on_one_connection_are_read_one_after_the_other()
    {
        var reader = Reader(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"
        );

        Assert.Equal(("one", "two"), (Text(reader.Read()), Text(reader.Read())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    public void A_reply_that_is_cut_is_a_lost_connection(string bytes)
    {
        var reader = Reader(bytes);

        Assert.ThrowsAny<IOException>(() => reader.Read());
        Assert.Equal(bytes.Length > 0, reader.HasReceived);
    }

    [Theory]
    [InlineData("220 mail.example ESMTP\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n")]
    public void A_reply_that_is_not_HTTP_or_too_large_is_reported(string bytes) =>
        Assert.Throws<HttpFormatException>(() => Reader(bytes).Read());

    [Fact]
    public void Endless_headers_are_reported()
    {
        var many = string.Concat(Enumerable.Repeat("X: y\r\n", 10_000));

        Assert.Throws<HttpFormatException>(() => Reader("HTTP/1.1 200 OK\r\n" + many).Read());
        Assert.Throws<HttpFormatException>(() => Reader("HTTP/1.1 200 OK\r\nX: " + new string('y', 100_000)).Read());
    }

    [Fact]
    public void Random_bytes_cause_no_other_exception()
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var valid = Encoding.Latin1.GetBytes(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        );
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = valid.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var failure = Record.Exception(() => new HttpReplyReader(new Trickle(bytes, int.MaxValue)).Read());
            Assert.True(failure is null or IOException or HttpFormatException, $"{failure}");
        }
    }
}
