using System.Text;
using Headrace.Bridges;
using Headrace.Client;
using Xunit;

namespace Headrace.Tests.Bridges;

public sealed class MessageReaderTests
{
    [Theory]
    [InlineData("{\"a\":1}", "application/json")]
    [InlineData("17", "application/json")]
    [InlineData("hello", "text/plain; charset=utf-8")]
    [InlineData("", "text/plain; charset=utf-8")]
    public void A_body_has_the_content_type_of_its_bytes(string text, string contentType)
    {
        var job = Job(MessageForm.Body, text);

        Assert.Equal(text, Encoding.UTF8.GetString(job.Body!.Value.Span));
        Assert.Equal(contentType, job.ContentType);
        Assert.Equal("t-1", job.IdempotencyKey);
        Assert.Equal(("noop", "eu"), (job.Method, job.Queue));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_passed_on_unchanged()
    {
        byte[] bytes = [0xff, 0, 0xfe];
        var job = Reader(MessageForm.Body).Read(new BrokerMessage("t-1", bytes)).Job!;

        Assert.Equal(bytes, job.Body!.Value.ToArray());
        Assert.Equal("application/octet-stream", job.ContentType);
    }

    [Fact]
    public void An_object_becomes_the_params()
    {
        var job = Job(MessageForm.Params, """{"iterations":3}""");

        Assert.Equal(3, job.Params!.Value.GetProperty("iterations").GetInt32());
        Assert.Null(job.Body);
    }

    [Fact]
    public void The_id_of_an_envelope_is_the_idempotency_key_and_a_tag()
    {
        var reading = Read(MessageForm.Envelope, """{"id":"order-7","params":{"a":1},"body":"x","priority":-2}""");

        Assert.True(reading.HasOwnId);
        Assert.Equal("id:order-7", reading.Job!.IdempotencyKey);
        Assert.Equal(["message=order-7"], reading.Job.Tags);
        Assert.Equal(-2, reading.Job.Priority);
        Assert.Equal("x", Encoding.UTF8.GetString(reading.Job.Body!.Value.Span));
        Assert.Equal(1, reading.Job.Params!.Value.GetProperty("a").GetInt32());
    }

    [Theory]
    [InlineData("Params", "nonsense", "The message is not valid JSON: line 1, byte 2: 'no")]
    [InlineData("Params", "", "The message is empty. With the message form 'params', a message must be a JSON object")]
    [InlineData("Params", "[1]", "The message is a JSON array. With the message form 'params', a message must be")]
    [InlineData("Params", "null", "The message is a JSON null. With the message form 'params', a message must be")]
    [InlineData("Params", "{\"a\":1,\"a\":2}", "The message is not valid JSON: the member 'a' occurs twice.")]
    [InlineData("Params", "{\"a\":{\"b\":1,\"b\":2}}", "The message is not valid JSON: the member 'b' occurs twice.")]
    [InlineData("Params", "{\"a\":\"\\ud800\"}", "The params are not valid: $ contains a lone surrogate")]
    [InlineData("Params", "{\"\\udfff\":1}", "The message is not valid JSON: it contains a lone surrogate")]
    [InlineData("Envelope", "{\"params\":{\"a\":[\"\\ud800\"]}}", "The params are not valid: $ contains a lone surrog")]
    [InlineData("Envelope", "{\"body\":\"\\ud800\"}", "The message is not valid JSON: it contains a lone surrogate")]
    [InlineData("Envelope", "{\"id\":\"\\ud800\"}", "The message is not valid JSON: it contains a lone surrogate")]
    [InlineData("Envelope", "12", "The message is a JSON number. With the message form 'envelope', a message must be")]
    [InlineData("Envelope", "{\"method\":\"rm\"}", "The member 'method' is unknown.")]
    [InlineData("Envelope", "{\"id\":7}", "The id is not valid.")]
    [InlineData("Envelope", "{\"id\":\"\"}", "The id is not valid.")]
    [InlineData("Envelope", "{\"id\":\"a b\"}", "The id is not valid.")]
    [InlineData("Envelope", "{\"params\":[]}", "The member 'params' has the wrong type.")]
    [InlineData("Envelope", "{\"priority\":99999999999}", "The member 'priority' has the wrong type.")]
    public void A_message_of_another_form_is_rejected_with_the_reason(string form, string text, string fault) =>
        Assert.StartsWith(fault, Read(Enum.Parse<MessageForm>(form), text).Fault, StringComparison.Ordinal);

    [Theory]
    [InlineData("Params", 30, "")]
    [InlineData("Envelope", 30, "{\"params\":")]
    public void Params_are_as_deep_and_their_numbers_as_long_as_those_of_a_submission(
        string form,
        int arrays,
        string prefix
    )
    {
        var end = prefix.Length == 0 ? "" : "}";
        string Nested(int depth) =>
            $"{prefix}{{\"a\":{new string('[', depth)}{new string(']', depth)}}}{end}";
        string Number(int digits) => $"{prefix}{{\"a\":{new string('1', digits)}}}{end}";
        var messages = Enum.Parse<MessageForm>(form);

        Assert.Null(Read(messages, Nested(arrays)).Fault);
        Assert.Contains("depth", Read(messages, Nested(arrays + 1)).Fault, StringComparison.Ordinal);
        Assert.Null(Read(messages, Number(380)).Fault);
        Assert.Equal(
            "The params are not valid: $ has a number of 381 characters; the limit is 380.",
            Read(messages, Number(381)).Fault
        );
    }

    [Fact]
    public void A_message_with_params_that_is_no_text_is_rejected()
    {
        var reading = Reader(MessageForm.Params).Read(new BrokerMessage("t-1", (byte[])[0xff, 0xfe]));

        Assert.StartsWith("The message is not valid UTF-8 text.", reading.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_larger_than_a_body_is_rejected_with_its_size()
    {
        var reading = Reader(MessageForm.Body).Read(new BrokerMessage("t-1", new byte[(1 << 20) + 1]));

        Assert.Equal("The message is 1048577 bytes; the limit is 1048576 (1 MB).", reading.Fault);
    }

    private static JobRequest Job(MessageForm form, string text) => Read(form, text).Job!;

    private static MessageReading Read(MessageForm form, string text) =>
        Reader(form).Read(new BrokerMessage("t-1", Encoding.UTF8.GetBytes(text)));

    private static MessageReader Reader(MessageForm form)
    {
        Assert.True(BrokerAddress.TryParse("redis://localhost", sentinel: null, out var address, out _));
        return new MessageReader(
            new BridgeDefinition
            {
                Name = "b",
                Broker = address,
                Queue = "eu",
                Method = "noop",
                From = "in",
                Messages = form,
            }
        );
    }
}
