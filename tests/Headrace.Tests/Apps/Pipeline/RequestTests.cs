using System.Text;
using System.Text.Json;
using Headrace.Apps.Pipeline;
using Headrace.Apps.Pipeline.Messages;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

public sealed class RequestTests
{
    [Theory]
    [InlineData("100", 100)]
    [InlineData(" -3\n", -3)]
    [InlineData("""{"param":100}""", 100)]
    [InlineData("""{"method":"simulate","param":9007199254740991}""", 9007199254740991)]
    public void A_number_or_an_object_asks_for_a_simulation(string message, long param)
    {
        foreach (var form in Enum.GetValues<MessageForm>())
            Assert.Equal(new PipelineRequest("simulate", param), Read(message, form).Request);
    }

    [Fact]
    public void A_request_may_name_a_method_and_have_several_params()
    {
        var request = Read("""{"method":"NWChem","params":{"x":1}}""", MessageForm.Redis).Request!;

        Assert.Equal(("NWChem", null, "{\"x\":1}"), (request.Method, request.Param, request.Params?.GetRawText()));
    }

    [Fact]
    public void A_stop_over_Redis_is_the_null_of_the_seed_and_on_own_queues_a_message_of_its_own()
    {
        Assert.True(Read("null", MessageForm.Redis).IsStop);
        Assert.True(Read("""{"stop":true}""", MessageForm.Headrace).IsStop);
        Assert.NotNull(Read("null", MessageForm.Headrace).Fault);
        Assert.NotNull(Read("""{"stop":true}""", MessageForm.Redis).Fault);
        Assert.NotNull(Read("""{"stop":false}""", MessageForm.Headrace).Fault);
        Assert.NotNull(Read("""{"stop":true,"param":1}""", MessageForm.Headrace).Fault);
    }

    [Theory]
    [InlineData("nonsense", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("{\"param\":1", "not JSON")]
    [InlineData("\"100\"", "no request")]
    [InlineData("[1]", "no request")]
    [InlineData("true", "no request")]
    [InlineData("1.5", "1.5 is not a whole number")]
    [InlineData("9007199254740992", "9007199254740992 is not a whole number from")]
    [InlineData("1e400", "1e400 is not a whole number")]
    [InlineData("{}", "has no 'param'")]
    [InlineData("""{"param":"1"}""", "'param' is \"1\"")]
    [InlineData("""{"param":1,"params":{}}""", "both")]
    [InlineData("""{"method":1,"param":1}""", "'method' is 1")]
    [InlineData("""{"params":[]}""", "'params' is []")]
    [InlineData("""{"par":1}""", "'par' is not a member")]
    [InlineData("""{"method":"\ud800","param":1}""", "lone surrogate")]
    [InlineData("""{"method":"NWChem","params":{"a":"\ud800"}}""", "lone surrogate")]
    [InlineData("""{"method":"NWChem","params":{"\udfff":1}}""", "lone surrogate")]
    [InlineData("""{"param":1,"param":2}""", "two members with the same name")]
    [InlineData("""{"params":{"a":1,"a":2}}""", "two members with the same name")]
    public void A_message_that_is_no_request_is_a_fault_that_names_the_value(string message, string fault)
    {
        var reading = Read(message, MessageForm.Redis);

        Assert.Null(reading.Request);
        Assert.Contains(fault, reading.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_no_text_is_a_fault()
    {
        Assert.NotNull(RequestReader.Read(new byte[] { 0xFF, 0xFE, 0 }, MessageForm.Redis).Fault);
        Assert.InRange(RequestReader.Read(new byte[1_000_000], MessageForm.Redis).Fault!.Length, 1, 300);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70);
        Assert.NotNull(Read($"{{\"params\":{deep}}}", MessageForm.Headrace).Fault);
    }

    [Theory]
    [InlineData("{\"method\":[\"{0}\"]}")]
    [InlineData("{\"params\":[\"{0}\"]}")]
    [InlineData("{\"param\":\"{0}\"}")]
    [InlineData("{\"{0}\":1}")]
    public void A_fault_quotes_the_beginning_of_a_long_value(string message)
    {
        var waves = string.Concat(Enumerable.Repeat("\U0001F30A", 100_000));
        var text = message.Replace("{0}", waves, StringComparison.Ordinal);

        Assert.InRange(Read(text, MessageForm.Headrace).Fault!.Length, 1, 300);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        foreach (var form in Enum.GetValues<MessageForm>())
        {
            foreach (var param in new[] { 0, 100, -1, Limits.Param, -Limits.Param })
                Assert.Equal(param, RequestReader.Read(RequestWriter.Param(param, form), form).Request?.Param);
            Assert.True(RequestReader.Read(RequestWriter.Stop(form), form).IsStop);
        }
        Assert.Equal("100", Encoding.UTF8.GetString(RequestWriter.Param(100, MessageForm.Redis)));
        Assert.Equal("null", Encoding.UTF8.GetString(RequestWriter.Stop(MessageForm.Redis)));
        Assert.Equal(
            JsonValueKind.Object,
            JsonElement.Parse(RequestWriter.Stop(MessageForm.Headrace)).ValueKind
        );
    }

    private static RequestReading Read(string message, MessageForm form) =>
        RequestReader.Read(Encoding.UTF8.GetBytes(message), form);
}
