"""`python -m entrepot_client`: the same as `entrepot`."""

from entrepot_client.commands.app import main

if __name__ == "__main__":
    main()
