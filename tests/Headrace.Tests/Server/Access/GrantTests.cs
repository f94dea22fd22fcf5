using Headrace.Server.Access;
using Xunit;

namespace Headrace.Tests.Server.Access;

public sealed class GrantTests
{
    [Theory]
    [InlineData("viewer")]
    [InlineData("submitter=eu")]
    [InlineData("operator=eu,us.east-1")]
    [InlineData("admin")]
    public void The_text_form_of_a_role_is_read_and_written(string text)
    {
        Assert.True(Grant.TryParse(text, out var grant));
        Assert.Equal(text, grant.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Viewer")]
    [InlineData("viewers")]
    [InlineData("0")]
    [InlineData("viewer=")]
    [InlineData("viewer=eu,")]
    [InlineData("viewer=EU")]
    [InlineData("viewer eu")]
    [InlineData("worker")]
    public void Any_other_text_is_no_role(string? text) => Assert.False(Grant.TryParse(text, out _));
}
