using System.Buffers;
using System.Globalization;
using System.Text;

namespace Headrace.Worker.Exchange;

/// <summary>An HTTP reply whose body has been read completely.</summary>
/// <param name="Status">The status code.</param>
/// <param name="MediaType">The content type without its parameters, in lower case; empty if there is none.</param>
/// <param name="Body">The body.</param>
/// <param name="KeepAlive">Whether the connection can carry another request.</param>
internal sealed record HttpReply(int Status, string MediaType, byte[] Body, bool KeepAlive);

/// <summary>The server sent a reply that is not HTTP, or that exceeds a limit.</summary>
internal sealed class HttpFormatException(string message) : Exception(message);

/// <summary>
/// Reads HTTP/1.1 replies from a connection, with blocking reads. It supports everything that servers and proxies send
/// in reply to a POST request: interim replies, a content length, chunks, and a body that ends with the connection.
/// </summary>
internal sealed class HttpReplyReader(Stream stream)
{
    // The broker limits the bodies in a reply to 8 MB, and the reply also contains the parameters. A reply that exceeds
    // this limit does not come from the broker.
    private const int MaxBodyBytes = 64 << 20;

    // The default limit of common servers for the whole header section.
    private const int MaxHeadBytes = 32 << 10;

    private readonly byte[] _buffer = new byte[16 << 10];
    private int _from;
    private int _to;
    private int _headBytes;

    /// <summary>
    /// Gets a value indicating whether any byte of the current reply has arrived. If not, the server may have closed an
    /// idle connection before it received the request.
    /// </summary>
    public bool HasReceived { get; private set; }

    /// <summary>Reads the next reply. Interim replies are skipped.</summary>
    /// <exception cref="IOException">The connection was lost.</exception>
    /// <exception cref="HttpFormatException">The reply is not HTTP or is too large.</exception>
    public HttpReply Read()
    {
        HasReceived = false;
        while (true)
        {
            _headBytes = 0;
            var status = ReadStatus(out var keepAlive);
            var head = ReadHead(keepAlive);
            // An interim reply, such as 100, has no body and is ignored here.
            if (status is >= 100 and < 200)
                continue;
            return new HttpReply(status, head.MediaType, ReadBody(status, head), head.KeepAlive);
        }
    }

    private sealed record Head(long? Length, bool Chunked, string MediaType, bool KeepAlive)
    {
        /// <summary>Gets a value indicating whether the end of the connection marks the end of the body.</summary>
        public bool UntilEnd => !Chunked && Length is null;
    }

    private int ReadStatus(out bool keepAlive)
    {
        var line = ReadLine();
        keepAlive = line.StartsWith("HTTP/1.1 "u8);
        if (
            (!keepAlive && !line.StartsWith("HTTP/1.0 "u8))
            || line.Length < 12
            || !int.TryParse(line.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
        )
            throw new HttpFormatException("its reply is not valid HTTP");
        return status;
    }

    private Head ReadHead(bool keepAlive)
    {
        var (length, chunked, mediaType) = ((long?)null, false, "");
        while (ReadLine() is { Length: > 0 } line)
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
                throw new HttpFormatException("its reply is not valid HTTP");
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
                length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                    ? bytes
                    : throw new HttpFormatException("its reply has no valid Content-Length");
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8)
                    ? true
                    : throw new HttpFormatException("its reply has an unknown Transfer-Encoding");
            else if (Ascii.EqualsIgnoreCase(name, "Content-Type"u8))
                mediaType = MediaTypeOf(value);
            else if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
                keepAlive &= !Ascii.EqualsIgnoreCase(value, "close"u8);
        }
        return new Head(length, chunked, mediaType, keepAlive && (chunked || length is not null));
    }

    private static string MediaTypeOf(ReadOnlySpan<byte> value)
    {
        if (value.IndexOf((byte)';') is var parameters and >= 0)
            value = value[..parameters].Trim(" \t"u8);
        // Nearly every reply has this type, so no new string is created for it.
        return value.SequenceEqual("application/x-protobuf"u8)
            ? HttpExchangeTransport.Protobuf
            : Encoding.Latin1.GetString(value).ToLowerInvariant();
    }

    private byte[] ReadBody(int status, Head head)
    {
        if (status is 204 or 304)
            return [];
        if (head.Chunked)
            return ReadChunks();
        if (head.UntilEnd)
            return ReadUntilEnd();
        if (head.Length > MaxBodyBytes)
            throw TooLarge();
        // The array has exactly the size of the body and is never pooled: the params and bodies of leases are slices of
        // it, and stay in use until their jobs have ended.
        var body = GC.AllocateUninitializedArray<byte>((int)head.Length!.Value);
        ReadExactly(body);
        return body;
    }

    private byte[] ReadChunks()
    {
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            _headBytes = 0;
            var line = ReadLine();
            if (line.IndexOf((byte)';') is var extension and >= 0)
                line = line[..extension];
            if (
                !int.TryParse(
                    line.Trim(" \t"u8),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var size
                )
                || size < 0
            )
                throw new HttpFormatException("its reply contains an invalid chunk");
            if (size > MaxBodyBytes - body.WrittenCount)
                throw TooLarge();
            if (size == 0)
                break;
            ReadExactly(body.GetSpan(size)[..size]);
            body.Advance(size);
            if (ReadLine().Length > 0)
                throw new HttpFormatException("its reply contains an invalid chunk");
        }
        // Trailers have no meaning here.
        while (ReadLine().Length > 0) { }
        return body.WrittenSpan.ToArray();
    }

    private byte[] ReadUntilEnd()
    {
        var body = new ArrayBufferWriter<byte>();
        do
        {
            if (_to - _from > MaxBodyBytes - body.WrittenCount)
                throw TooLarge();
            body.Write(_buffer.AsSpan(_from, _to - _from));
            _from = _to;
        } while (TryFill());
        return body.WrittenSpan.ToArray();
    }

    private void ReadExactly(Span<byte> into)
    {
        var buffered = Math.Min(into.Length, _to - _from);
        _buffer.AsSpan(_from, buffered).CopyTo(into);
        _from += buffered;
        stream.ReadExactly(into[buffered..]);
    }

    /// <summary>Reads a line and returns it without its line ending. The span is valid until the next read.</summary>
    private ReadOnlySpan<byte> ReadLine()
    {
        var searched = 0;
        while (true)
        {
            var rest = _buffer.AsSpan(_from, _to - _from);
            if (rest[searched..].IndexOf((byte)'\n') is var found and >= 0)
            {
                var length = searched + found;
                _from += length + 1;
                _headBytes += length + 1;
                if (_headBytes > MaxHeadBytes)
                    throw new HttpFormatException("the headers of its reply are too long");
                var line = rest[..length];
                return line.EndsWith("\r"u8) ? line[..^1] : line;
            }
            searched = rest.Length;
            if (!TryFill())
                throw new EndOfStreamException("the server closed it before its reply was complete");
        }
    }

    /// <summary>Reads more bytes into the buffer. Returns false at the end of the stream.</summary>
    private bool TryFill()
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }
        if (_to == _buffer.Length)
            throw new HttpFormatException("a header of its reply is too long");
        var read = stream.Read(_buffer, _to, _buffer.Length - _to);
        _to += read;
        HasReceived |= read > 0;
        return read > 0;
    }

    private static HttpFormatException TooLarge() => new($"its reply exceeds the limit of {MaxBodyBytes} bytes");
}
