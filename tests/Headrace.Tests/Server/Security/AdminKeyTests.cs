using Headrace.Core;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class AdminKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_start_creates_a_key_that_only_its_user_can_read()
    {
        var key = AdminKey.LoadOrCreate(_folder.Path);

        Assert.Matches("^hr_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
    }

    [Fact]
    public void Later_starts_reuse_the_key_and_each_folder_has_its_own()
    {
        using var other = new ThrowAwayFolder();

        var key = AdminKey.LoadOrCreate(_folder.Path);

        Assert.Equal(key, AdminKey.LoadOrCreate(_folder.Path));
        Assert.NotEqual(key, AdminKey.LoadOrCreate(other.Path));
    }

    [Fact]
    public void A_key_file_readable_by_other_users_is_restricted_to_its_owner()
    {
        AdminKey.LoadOrCreate(_folder.Path);
        File.SetUnixFileMode(_folder["admin.key"], OwnerOnly | UnixFileMode.OtherRead);

        AdminKey.LoadOrCreate(_folder.Path);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("hr_short")]
    public void A_file_without_a_valid_key_is_rejected_with_the_remedy(string content)
    {
        File.WriteAllText(_folder["admin.key"], content);

        var refused = Assert.Throws<HeadraceException>(() => AdminKey.LoadOrCreate(_folder.Path));

        Assert.Contains(_folder["admin.key"], refused.Message);
        Assert.Contains("Delete the file", refused.Message);
    }
}
