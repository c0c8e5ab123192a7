"""What commands say in Chinese beside the catalogue, loaded where a line asks for Chinese."""
